/** Reopens an experiment from its run directory, unless resuming would mix different data or engines. */

import { type BackendChoice, type BackendName, engineInfo } from '../engine/index.js';
import { buildNetwork } from '../nn/index.js';
import { DriftError, drift, engineId, headsOf, pickTrainConfig, widthOf } from '../train/index.js';
import { LexelError } from '../util/errors.js';
import type { Experiment } from './experiment.js';
import { openRunDataset, type RunDatasetOptions } from './run-dataset.js';
import { readRun } from './run-file.js';
import { refuseVersion1 } from './versions.js';

/**
 * Reopens a run directory's experiment. The vectors and superclasses come from the run directory. The images
 * are read from their present location and must be the same as before.
 * @param options.superclasses a file that must contain the same superclasses
 * @throws LexelError if the images or the superclasses in the file differ. If a fold is unfinished, also for a
 *   run of format version 1, another order of the images or, without `allowDrift`, another backend, instruction
 *   set or build. FormatError for an invalid file of superclasses.
 */
export async function reopenExperiment(
  dir: string,
  options: RunDatasetOptions & { backend?: BackendChoice; allowDrift?: boolean } = {},
): Promise<Experiment> {
  const { run, targets, folds } = readRun(dir);
  // If all folds are finished, nothing is trained, so nothing can be mixed.
  const open = folds.some(({ finished }) => !finished);
  const wanted = options.backend ?? (run.backend as BackendName);
  if (open) refuseVersion1(dir, run);
  const info = await engineInfo(wanted);
  const other = drift(run, engineId(info));
  if (open && other && !options.allowDrift) {
    throw new DriftError(
      `${dir} was begun on ${other}: the result would differ in its last bits`,
      'resume with the same backend and build on the same kind of machine, or accept the difference with --allow-drift',
    );
  }
  const { config } = run;
  const dataset = await openRunDataset(dir, run, options);
  if (open && dataset.orderedHash !== run.dataset.orderedHash) {
    throw new LexelError(
      `${config.data}: these are the images that ${dir} was begun with, but in another order, which changes the training ` +
        'batches and the meaning of image ids',
      'give the directory with the images in their original order with --data-dir, or begin another run with --out',
    );
  }
  const dropout = typeof config.dropout === 'number' ? config.dropout : undefined;
  const { net, width, depth, size } = config;
  const outputs = widthOf(headsOf(config.loss, run.words.dimension, dataset.classes.length));
  return {
    run,
    dataset,
    vectors: targets,
    network: buildNetwork(net, { outputs, size, width, depth, dropout }),
    config: pickTrainConfig(config),
    folds: run.folds,
    backend: info.backend,
    engine: engineId(info),
    skipped: [],
    repairs: [],
    warnings: [],
  };
}
