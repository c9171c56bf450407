/** Training and calibration on a backend that is given by its name, with files for checkpoints. */

import { openBackend, openedBackend } from '../engine/backends/index.js';
import type { EngineOptions } from '../engine/types.js';
import {
  type CalibrationImages,
  calibrateFamiliarity as calibrate,
  type Familiarity,
} from './familiarity.js';
import type { FeatureStatistics } from './feature-statistics.js';
import type { FeatureSource } from './features.js';
import { type FoldResult, trainOn } from './fold.js';
import type { FoldOptions } from './options.js';
import type { Checkpoints } from './resume.js';
import { checkpointsAt } from './resume-file.js';

/**
 * Trains one network and evaluates it on the held-out classes' official test images after every epoch.
 * @throws like {@link trainOn}; LexelError if the backend is not available, or if the checkpoint belongs to another run,
 *   backend or instruction set; FormatError if all existing checkpoints are damaged
 */
export async function trainFold(options: FoldOptions): Promise<FoldResult> {
  const { backend, checkpoint, allowDrift = false, onCheckpoint, ...training } = options;
  const files = checkpoint === undefined ? undefined : checkpointsAt(checkpoint, allowDrift);
  const checkpoints: Checkpoints | undefined = files && {
    ...files,
    async save(one) {
      await files.save(one);
      onCheckpoint?.(one.state.epoch);
    },
  };
  return trainOn({ backend: openBackend(backend), ...(checkpoints && { checkpoints }) }, training);
}

/** Calibrates the familiarity of a trained network, like the function that it calls, on any backend. */
export function calibrateFamiliarity(
  source: Omit<FeatureSource, 'engine'> & { readonly engine: EngineOptions },
  statistics: Required<FeatureStatistics>,
  images: CalibrationImages,
  stop?: () => boolean,
): Promise<Familiarity | null> {
  const { engine } = source;
  const opened = { ...engine, backend: openedBackend(engine.backend) };
  return calibrate({ ...source, engine: opened }, statistics, images, stop);
}
