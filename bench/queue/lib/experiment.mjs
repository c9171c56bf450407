// The experiments of the bench: lite, with the settings of the demo, on the shapes or on another data set.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRunDirectory, prepareExperiment } from '../../../dist/crossval/index.js';
import { foldFiles } from '../../../dist/crossval/run-file.js';

/**
 * @typedef {{ data?: string, words?: string, limit?: number, epochs: number, folds: number, dataDir?: string,
 *   madeUp?: boolean }} What
 *   `madeUp`: more folds than the protocol has, for workers that do not train
 */

/** A fold of ten to twenty seconds of processor time. */
export const REAL = { data: 'shapes', epochs: 10 };
/** A fold of some seconds. */
export const SHORT = { data: 'shapes', limit: 1500, epochs: 10 };

/** @param {What} what */
export async function experimentOf({
  data = 'shapes',
  words,
  limit,
  epochs,
  folds,
  dataDir,
  madeUp = false,
}) {
  const experiment = await prepareExperiment({
    ...{ data, net: 'lite', recipe: 'poster', preset: 'adamw', protocol: 'loo', seed: 0, epochs },
    words: words ?? data,
    ...(dataDir && { dataDir }),
    train: { batch: 128, ...(limit && { limit }) },
    ...{ backend: 'auto', command: 'bench' },
  });
  const some = madeUp
    ? Array.from({ length: folds }, (_, i) => ({
        id: `fold-${String(i).padStart(7, '0')}`,
        heldOut: [i % experiment.dataset.classes.length],
      }))
    : experiment.folds.slice(0, folds).map(({ id, heldOut }) => ({ id, heldOut: [...heldOut] }));
  if (some.length < folds) throw new Error(`${data} has only ${some.length} folds`);
  return { ...experiment, folds: some, run: { ...experiment.run, folds: some } };
}

/** @param {string} dir @param {What} what */
export async function beginRun(dir, what) {
  const experiment = await experimentOf(what);
  createRunDirectory(dir, experiment);
  return experiment;
}

/** The bits of a finished fold, without its log, which holds times. */
export function bitsOf(dir, id) {
  const { outputs, model } = foldFiles(dir, id);
  const hash = createHash('sha256');
  for (const file of [outputs, model]) hash.update(readFileSync(file));
  return hash.digest('hex');
}
