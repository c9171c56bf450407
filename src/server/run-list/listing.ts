/** One run of the list: its state, progress and settings, without computing anything. */

import { lstatSync, readdirSync, realpathSync } from 'node:fs';
import { basename, dirname, join, relative, sep } from 'node:path';
import { type FoldGlance, glanceFolds } from '../../crossval/fold-states.js';
import { type RunFile, readRunFile } from '../../crossval/run-file.js';
import { type RunWorker, workersOf } from '../../crossval/workers-file.js';
import { FormatError, LexelError } from '../../util/errors.js';
import { systemProblem } from '../../util/system-errors.js';
import type { HeadlineNumber, RunListing, RunState } from '../messages/runs.js';

/** A run's listing, without its headline, and what the headline's cache needs. */
export interface Glance {
  readonly listing: Omit<RunListing, 'headline'>;
  /** Null for a broken run. */
  readonly run: RunFile | null;
  /** Ids of the finished folds. */
  readonly finished: readonly string[];
  /** Empty for a broken run. */
  readonly folds: readonly FoldGlance[];
  /** Those that train folds of this run on other machines, or could; none of a finished run. */
  readonly workers: readonly RunWorker[];
}

export interface RunPlace {
  readonly id: string;
  /** Path below the folder of runs, with `/`; the name of the folder if it is itself the run. */
  readonly path: string;
  readonly dir: string;
}

/**
 * Reads a run.json and where its folds stand. A run that cannot be read is listed as broken, with the reason.
 * @param root the folder of runs, with its links resolved: files that links place outside of it are not read
 */
export function glanceRun({ id, path, dir }: RunPlace, root: string): Glance {
  const parent = dirname(path) === '.' ? basename(root) : dirname(path);
  const seeds = /^seed-\d+$/.test(basename(dir)) && dir !== root ? parent : null;
  const place = { id, path, seeds };
  try {
    checkInside(dir, root);
    const run = readRunFile(dir);
    const workers = workersOf(dir);
    const folds = glanceFolds(dir, run, workers);
    const progress = progressOf(folds, run.config.epochs);
    return {
      listing: { ...place, ...progress, settings: settingsOf(run) },
      run,
      finished: folds.flatMap((fold) => (fold.state === 'finished' ? [fold.id] : [])),
      folds,
      workers: progress.state === 'finished' ? [] : workers,
    };
  } catch (error) {
    const problem = problemOf(error, dir);
    const none = { finished: 0, failed: 0, total: 0 };
    return {
      listing: { ...place, state: 'broken', problem, folds: none, progress: 0, settings: null },
      run: null,
      finished: [],
      folds: [],
      workers: [],
    };
  }
}

/** The message of an error about a run, without the run's own path. */
export function problemOf(error: unknown, dir: string): string {
  const known = systemProblem(error);
  const message = known ?? (error as Error).message;
  const own = message.replaceAll(dir + sep, '');
  return own.length > 200 ? `${own.slice(0, 200)}…` : own;
}

/** The files that are read of a run: in its own folder, in `folds/` and in its report. */
const FOLDERS = ['', 'folds', 'report', 'readings'];

/** @throws FormatError for a link out of `root`, so that no file from elsewhere is shown */
export function checkInside(dir: string, root: string): void {
  for (const folder of FOLDERS) checkFolder(join(dir, folder), root);
}

function checkFolder(folder: string, root: string): void {
  const entries = (() => {
    try {
      return readdirSync(folder, { withFileTypes: true });
    } catch {
      return []; // there is none
    }
  })();
  for (const entry of entries) {
    if (!entry.isSymbolicLink()) continue;
    const file = join(folder, entry.name);
    if (!isInside(file, root)) throw new FormatError(file, 'is a link that leads out of the folder of runs');
  }
}

/** Whether a path, with its links resolved, is below `root`; a link to nothing is not. */
export function isInside(file: string, root: string): boolean {
  let real: string;
  try {
    real = realpathSync(file);
  } catch {
    return lstatSync(file, { throwIfNoEntry: false })?.isSymbolicLink() !== true;
  }
  const path = relative(root, real);
  return path === '' || (!path.startsWith(`..${sep}`) && path !== '..');
}

function progressOf(folds: readonly FoldGlance[], epochs: number) {
  const count = (state: FoldGlance['state']) => folds.filter((fold) => fold.state === state).length;
  const trained = folds.reduce((sum, fold) => sum + Math.min(fold.epochs, epochs), 0);
  const finished = count('finished');
  const failed = count('failed');
  return {
    state: runStateOf(folds),
    folds: { finished, failed, total: folds.length },
    progress: trained / (epochs * folds.length),
  };
}

/** The state of a run from those of its folds: what some process does comes first. */
export function runStateOf(folds: readonly Pick<FoldGlance, 'state'>[]): Exclude<RunState, 'broken'> {
  const states = new Set(folds.map(({ state }) => state));
  for (const state of ['training', 'paused', 'elsewhere'] as const) if (states.has(state)) return state;
  if (states.size === 1 && states.has('finished')) return 'finished';
  const open = states.has('unfinished') || states.has('waiting');
  return states.has('failed') && !open ? 'failed' : 'unfinished';
}

function settingsOf({ protocol, config, recipe, preset, control, seed, dataset, words, created }: RunFile) {
  return {
    ...{ protocol, net: config.net, data: dataset.name, words: words.source, recipe, preset },
    ...{ control: control ?? null, epochs: config.epochs, seed, classes: dataset.classes.length, created },
  };
}

/** A listing with its headline. */
export const withHeadline = (
  { listing }: Glance,
  headline: readonly HeadlineNumber[] | null,
): RunListing => ({ ...listing, headline: headline && [...headline] });

/** @throws LexelError for a broken run */
export function readableRun({ listing, run }: Glance): RunFile {
  if (run) return run;
  throw new LexelError(
    `run ${listing.path} cannot be read: ${listing.problem}`,
    'The other runs can be read. Restore its files, or move it out of the folder of runs.',
  );
}
