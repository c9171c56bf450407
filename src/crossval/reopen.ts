/** An experiment opened again from its run directory, or refused where going on would make a mixture. */

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
 * Opens a run directory's experiment again. The vectors come from the directory itself, the images from where they
 * lie now; they must be the same ones. Superclasses are those of run.json.
 * @param options.superclasses a file that must give the same ones
 * @throws LexelError when the images or those superclasses differ; where a fold is left to train also for another order
 *   of the images, another normalisation or, without `allowDrift`, another backend, instruction set or build; FormatError
 *   for a file of superclasses that is at fault
 */
export async function reopenExperiment(
  dir: string,
  options: { dataDir?: string; superclasses?: string; backend?: BackendChoice; allowDrift?: boolean } = {},
): Promise<Experiment> {
  const { run, targets, folds } = readRun(dir);
  // Where nothing is left to train, nothing can become a mixture.
  const open = folds.some(({ finished }) => !finished);
  const wanted = options.backend ?? (run.backend as BackendName);
  if (open) refuseVersion1(dir, run);
  const info = await engineInfo(wanted);
  const other = drift(run, engineId(info));
  if (open && other && !options.allowDrift) {
    throw new DriftError(
      `${dir} was begun on ${other}: the result would not be the same bits`,
      'go on with the same backend and build on the same kind of machine, or accept it with --allow-drift',
    );
  }
  const { config } = run;
  // What cannot be read is left out here: the hash tells whether the run was begun without it too.
  const opened = await openDataset(config.data, {
    dataDir: options.dataDir,
    size: config.size,
    skipBroken: true,
    superclasses: options.superclasses,
  });
  if (opened.hash !== run.dataset.hash) throw otherImages(dir, run, opened);
  if (open && opened.orderedHash !== run.dataset.orderedHash) {
    throw new LexelError(
      `${config.data}: these are the images that ${dir} was begun with, but in another order, and the order decides ` +
        'what a fold trains on next and what an image id stands for',
      'name the directory that holds them in the order of then with --data-dir, or begin another run with --out',
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
    'leave --superclasses out to go on with those of then, or begin another run with --out',
  );
}

function otherImages(dir: string, { config, dataset }: RunFile, { reading }: Dataset): LexelError {
  const before = new Set(dataset.skipped?.map(({ file }) => file));
  const broken = (reading?.broken ?? []).filter(({ file }) => !before.has(file));
  const problem = `${config.data}: these are not the images that ${dir} was begun with`;
  if (broken.length === 0)
    return new LexelError(problem, 'name the directory that holds them with --data-dir');
  return new LexelError(
    `${problem}; ${brokenList(broken, BROKEN_NAMED)}`,
    'put these back as they were, or start another run with --out',
  );
}
