/** Reopens an experiment from its run directory, unless resuming would mix different data or engines. */

import { BROKEN_NAMED, brokenList, type Dataset, openDataset, regrouped } from '../data/index.js';
import { type BackendChoice, type BackendName, engineInfo } from '../engine/index.js';
import { buildNetwork } from '../nn/index.js';
import { DriftError, drift, engineId, headsOf, pickTrainConfig, widthOf } from '../train/index.js';
import { LexelError } from '../util/errors.js';
import type { Experiment } from './experiment.js';
import { superclassNames } from './protocols.js';
import { type RunFile, readRun } from './run-file.js';
import { classIndices } from './selection.js';
import { keepClasses } from './subset.js';
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
  options: { dataDir?: string; superclasses?: string; backend?: BackendChoice; allowDrift?: boolean } = {},
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
  // Unreadable files are skipped. The hash check below fails unless the run was begun without them too.
  const opened = await openDataset(config.data, {
    dataDir: options.dataDir,
    size: config.size,
    skipBroken: true,
    superclasses: options.superclasses,
  });
  if (opened.hash !== run.dataset.hash) throw otherImages(dir, run, opened);
  if (open && opened.orderedHash !== run.dataset.orderedHash) {
    throw new LexelError(
      `${config.data}: these are the images that ${dir} was begun with, but in another order, which changes the training ` +
        'batches and the meaning of image ids',
      'give the directory with the images in their original order with --data-dir, or begin another run with --out',
    );
  }
  const dropout = typeof config.dropout === 'number' ? config.dropout : undefined;
  const { net, width, depth, size } = config;
  const kept = keepClasses(opened, classIndices(run.dataset.classes, opened.classes));
  if (options.superclasses !== undefined) checkSuperclasses(options.superclasses, kept, dir, run);
  const { superclasses, superclassOf } = run.dataset;
  const dataset = regrouped(kept, { superclasses, superclassOf });
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

/** @throws LexelError naming the first class whose superclass is not the run's */
function checkSuperclasses(file: string, given: Dataset, dir: string, { dataset }: RunFile): void {
  const [now, then] = [superclassNames(given), superclassNames(dataset)];
  const other = now.findIndex((name, c) => name !== then[c]);
  if (other < 0) return;
  const before = then[other] === undefined ? 'without superclasses' : `with "${then[other]}" for it`;
  throw new LexelError(
    `${file}: the superclass of "${dataset.classes[other]}" is "${now[other]}", but ${dir} was begun ${before}`,
    'omit --superclasses to use those of the run, or begin another run with --out',
  );
}

function otherImages(dir: string, { config, dataset }: RunFile, { reading }: Dataset): LexelError {
  const before = new Set(dataset.skipped?.map(({ file }) => file));
  const broken = (reading?.broken ?? []).filter(({ file }) => !before.has(file));
  const problem = `${config.data}: these are not the images that ${dir} was begun with`;
  if (broken.length === 0)
    return new LexelError(problem, 'give the directory that contains them with --data-dir');
  return new LexelError(
    `${problem}; ${brokenList(broken, BROKEN_NAMED)}`,
    'restore these files, or begin another run with --out',
  );
}
