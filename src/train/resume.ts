/** Whether a checkpoint may be gone on from. */

import { createHash } from 'node:crypto';
import { bytesOf } from '../formats/index.js';
import { LexelError } from '../util/errors.js';
import type { Checkpoint } from './checkpoint.js';
import { pickTrainConfig } from './config.js';
import type { FoldOptions } from './options.js';

/** Hash of everything that decides the bits of a run, the backend aside. */
export function identify(options: FoldOptions): string {
  const { dataset, vectors, recipe, control, network, fold, config, seed } = options;
  const hash = createHash('sha256');
  hash.update(
    JSON.stringify({
      recipe,
      control,
      network,
      fold,
      config: pickTrainConfig(config),
      seed,
      data: dataset.hash,
    }),
  );
  hash.update(bytesOf(vectors));
  return hash.digest('hex');
}

/**
 * @throws LexelError when the checkpoint is another run's, or another backend's or instruction set's without
 *   `allowDrift`
 */
export function checkResumable(found: Checkpoint, wanted: Checkpoint['state'], allowDrift: boolean): void {
  const { state } = found;
  if (state.identity !== wanted.identity) {
    throw new LexelError(
      `fold ${wanted.fold}: its checkpoint belongs to a run with other settings, data or words`,
      'resume with the settings of the run, or give another --out',
    );
  }
  if ((state.backend !== wanted.backend || state.isa !== wanted.isa) && !allowDrift) {
    throw new LexelError(
      `fold ${wanted.fold}: it was trained on ${state.backend} (${state.isa}), and this is ` +
        `${wanted.backend} (${wanted.isa}): the result would not be the same bits`,
      'resume on the same backend and kind of machine, or accept it with --allow-drift',
    );
  }
}
