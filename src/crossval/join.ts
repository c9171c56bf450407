/**
 * Several calls can share one run directory: shards and further folds of an experiment join an existing run if
 * they use the same settings, images and words. Each fold has separate files, so the calls may run one after
 * another or at the same time, on one machine or on several that share a disk.
 */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { trainConfigSchema } from '../train/config.js';
import { drift, type EngineId } from '../train/index.js';
import { UsageError } from '../util/errors.js';
import { shellWord } from '../util/shell.js';
import { withLock } from './lock.js';
import { protocolFolds, superclassNames } from './protocols.js';
import { type FoldPlan, RunFile, readRun, readRunFile, writeRunFile } from './run-file.js';
import { checkFree, createRunDirectory, type RunContent } from './store.js';
import { restoreTargets } from './targets-file.js';
import { refuseVersion1 } from './versions.js';

/**
 * Creates a run directory, or adds the experiment's folds to the run in it.
 * @param options.patience milliseconds to wait while other calls begin or join the run
 * @returns the experiment with the directory's run.json, and the number of folds before the call
 * @throws LexelError for a run of format version 1; UsageError if the directory contains something else, or a
 *   run whose results are not comparable with this experiment's
 */
export function beginOrJoin<E extends RunContent>(
  dir: string,
  experiment: E,
  options: { allowDrift?: boolean; patience?: number } = {},
): Promise<{ experiment: E; before: number }> {
  const beginOrAdd = () => {
    if (!existsSync(join(dir, 'run.json'))) {
      createRunDirectory(dir, experiment);
      return { experiment, before: 0 };
    }
    restoreTargets(dir, readRunFile(dir), experiment.vectors);
    const { run: there, targets, folds } = readRun(dir);
    const known = new Set(there.folds.map(({ id }) => id));
    const added = experiment.run.folds.filter(({ id }) => !known.has(id));
    if (added.length > 0 || folds.some(({ finished }) => !finished)) refuseVersion1(dir, there);
    checkSame(dir, there, experiment, targets, options.allowDrift === true);
    if (added.length === 0) return { experiment: { ...experiment, run: there }, before: known.size };
    const run = withFolds(there, experiment.run, added, experiment.engine);
    writeRunFile(dir, run);
    return { experiment: { ...experiment, run }, before: known.size };
  };
  return withLock({ file: join(dir, RUN_LOCK), what: dir }, beginOrAdd, options.patience);
}

/**
 * Checks that a run can be begun in `dir`, or is there already. Another process may be beginning it at this moment.
 * @throws UsageError if `dir` contains something else
 */
export function checkJoinable(dir: string): void {
  try {
    checkFree(dir);
  } catch (error) {
    // A run.json that exists now, or has come into being since the folder was listed, never goes away.
    if (!existsSync(join(dir, 'run.json'))) throw error;
  }
}

/** The run with added folds, from another call or from another machine's run. */
export function withFolds(
  there: RunFile,
  { created, lexel, node, cpu, command }: RunFile,
  added: readonly FoldPlan[],
  engine: EngineId | undefined,
): RunFile {
  const order = protocolFolds(there.protocol, there.dataset, there.seed).map(({ id }) => id);
  const joined = { ...{ created, lexel, node, cpu, command }, engine, folds: added.map(({ id }) => id) };
  return {
    ...there,
    folds: [...there.folds, ...added].sort((a, b) => order.indexOf(a.id) - order.indexOf(b.id)),
    joined: [...(there.joined ?? []), joined],
  };
}

/** Held while run.json is written; `checkFree` ignores it. */
export const RUN_LOCK = 'run.lock';

/** @throws UsageError naming the first difference that makes the results incomparable */
export function checkSame(
  dir: string,
  there: RunFile,
  { run: here, vectors, engine }: { run: RunFile; vectors: Float32Array; engine: EngineId },
  targets: Float32Array,
  allowDrift: boolean,
): void {
  // Parsing puts the keys of both in the same order.
  const [kept, given] = [comparable(there), comparable(RunFile.parse(here))];
  // A setting that is off is absent, so that one which only the run has must be compared too.
  const optional = Object.keys(trainConfigSchema.shape).filter((name) => name in kept && !(name in given));
  for (const [name, value] of [
    ...Object.entries(given),
    ...optional.map((name) => [name, undefined] as const),
  ]) {
    const [old, now] = [JSON.stringify(kept[name]), JSON.stringify(value)];
    if (old === now) continue;
    const short = (text: string | undefined) => (text && text.length <= 60 ? ` (${text})` : '');
    throw new UsageError(
      `${dir} already holds a run with another ${name}${short(old)} than this one${short(now)}`,
      OTHER_WAY_OUT[name] ?? `resume it with lexel loo --resume ${shellWord(dir)}, or give another --out`,
    );
  }
  if (vectors.length !== targets.length || vectors.some((x, i) => x !== targets[i])) {
    throw new UsageError(`${dir} already holds a run with other word vectors`, 'give another --out');
  }
  const other = drift(there, engine);
  if (other && !allowDrift) {
    throw new UsageError(
      `${dir} was begun on ${other}`,
      'its folds would differ from the others in their last bits; to accept this, give --allow-drift',
    );
  }
}

/** Hints for differences that --resume would reject too. */
const OTHER_WAY_OUT: Readonly<Record<string, string>> = {
  images: 'give the directory with the original images with --data-dir, or give another --out',
  'order of the images':
    'give the directory with the images in their original order with --data-dir, or give another --out',
  classes: 'give another --out',
  'set of superclasses': 'give the --superclasses that the run was begun with, or another --out',
};

/** The settings and data that determine the results, by user-facing names. Files count by content, not by path. */
export function comparable(run: RunFile) {
  const { protocol, seed, recipe, control, preset, config, dataset, words } = run;
  const { data: _data, words: _words, ...training } = config;
  const { name: _name, hash, orderedHash, skipped: _skipped, superclassFile: _file, ...labels } = dataset;
  const { superclasses: _superclasses, superclassOf: _of, ...classes } = labels;
  const superclasses = superclassNames(dataset);
  const all: Record<string, unknown> = {
    ...{ protocol, seed, recipe, control: control ?? 'none', preset },
    ...training,
    normalisation: run.normalisation,
    images: hash,
    'order of the images': orderedHash,
    classes,
    // Compared by name, so that their order does not matter.
    'set of superclasses': superclasses.length > 0 ? superclasses : 'none',
    'word for a label': words.labels,
    'set of word vectors': words.checksum,
  };
  return all;
}
