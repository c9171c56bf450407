/**
 * Finds run directories in a folder and lists their progress, for the error if a folder is given instead of a
 * run.
 */

import { type Dirent, existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { shellWord } from '../util/shell.js';
import { FolderOfRunsError } from './folder-of-runs.js';
import { lockState } from './lock-file.js';
import { readFold, readRunFile } from './run-file.js';

/**
 * Names of the runs that `--seeds` wrote in a directory (seed-0, seed-1, ...), sorted by seed; empty for other
 * directories.
 */
export function seedRuns(dir: string): string[] {
  if (!existsSync(dir) || isRun(dir)) return [];
  return readdirSync(dir)
    .filter((name) => /^seed-\d+$/.test(name) && isRun(join(dir, name)))
    .sort((a, b) => Number(a.slice(5)) - Number(b.slice(5)));
}

/** Depth of the search for runs, in levels of folders. */
const DEPTH = 3;

/**
 * Run directories in a folder and its subfolders, three levels deep, sorted by path; or the folder itself if it
 * is a run. Links, hidden folders and runs are not searched, since a run contains no other runs.
 */
export function findRuns(folder: string, depth = DEPTH): string[] {
  if (isRun(folder)) return [folder];
  if (depth === 0) return [];
  return foldersIn(folder).flatMap((name) => findRuns(join(folder, name), depth - 1));
}

const isRun = (dir: string) => existsSync(join(dir, 'run.json'));

function foldersIn(folder: string): string[] {
  let entries: Dirent[];
  try {
    entries = readdirSync(folder, { withFileTypes: true });
  } catch {
    return []; // not a folder, or not readable
  }
  return entries
    .filter((entry) => entry.isDirectory() && !/^(\.|node_modules$)/.test(entry.name))
    .map(({ name }) => name)
    .sort(new Intl.Collator('en', { numeric: true }).compare);
}

interface RunState {
  /** A run directory, or a directory written with `--seeds`. */
  readonly dir: string;
  readonly folds: number;
  readonly finished: number;
  readonly failed: number;
  /** Current activity, such as "training now"; null if there is none. */
  readonly activity: string | null;
  readonly problem?: string;
}

/** Maps the state of a lock's process to the run's activity; the first matching entry is used. */
const ACTIVITIES = [
  ['running', 'training now'],
  ['stopped', 'paused'],
  ['elsewhere', 'in use on another machine'],
] as const;

/** Progress of a run, or the problem if it cannot be read. */
function runState(dir: string): RunState {
  try {
    const folds = readRunFile(dir).folds.map((plan) => readFold(dir, plan));
    const states = folds.map(({ files }) => {
      const lock = lockState(files.lock);
      return lock && 'holder' in lock ? lock.state : null;
    });
    const activity = ACTIVITIES.find(([state]) => states.includes(state))?.[1] ?? null;
    const finished = folds.filter((fold) => fold.finished).length;
    const failed = folds.filter((fold) => !fold.finished && fold.failed).length;
    return { dir, folds: folds.length, finished, failed, activity };
  } catch (error) {
    const { message } = error as Error;
    const problem = message.length > 100 ? `${message.slice(0, 100)}…` : message;
    return { dir, folds: 0, finished: 0, failed: 0, activity: null, problem };
  }
}

/** Runs with their states. The runs of a `--seeds` directory are combined, unless `seedsApart`. */
function runStates(dirs: readonly string[], seedsApart: boolean): (RunState & { text: string })[] {
  const groups = new Map<string, string[]>();
  for (const dir of dirs) {
    const parent = dirname(dir);
    const isSeed = !seedsApart && seedRuns(parent).some((name) => join(parent, name) === dir);
    const key = isSeed ? parent : dir;
    groups.set(key, [...(groups.get(key) ?? []), dir]);
  }
  return [...groups].map(([dir, members]) => {
    const states = members.map(runState);
    if (members[0] === dir) return { ...states[0], text: stateText(states[0]) };
    const total = (of: 'folds' | 'finished' | 'failed') => states.reduce((sum, state) => sum + state[of], 0);
    const whole: RunState = {
      dir,
      folds: total('folds'),
      finished: total('finished'),
      failed: total('failed'),
      activity: states.find(({ activity }) => activity)?.activity ?? null,
      problem: states.find(({ problem }) => problem)?.problem,
    };
    return { ...whole, text: `${members.length} seed${plural(members.length)}: ${stateText(whole)}` };
  });
}

/** "2 of 5 folds finished, 1 failed, training now". */
function stateText({ folds, finished, failed, activity, problem }: RunState): string {
  if (problem) return `broken: ${problem}`;
  const parts = [`${finished} of ${folds} fold${plural(folds)} finished`];
  if (failed > 0) parts.push(`${failed} failed`);
  if (activity) parts.push(activity);
  return parts.join(', ');
}

const plural = (count: number) => (count === 1 ? '' : 's');

/** How a command uses a run; determines which run is suggested. */
type RunUse = 'analyse' | 'compare' | 'resume' | 'model';

/** Maximum number of runs listed in a message. */
const LISTED = 30;

/**
 * Throws if a path is a folder of runs. Does nothing if it is a run directory or contains no runs.
 * @param option the command-line option with the path, such as "--model"; shown in the message
 * @param besides runs that are given already and therefore not suggested
 * @throws FolderOfRunsError listing the runs of a folder with their states
 */
export function checkNoFolderOfRuns(
  path: string,
  use: RunUse,
  { option, besides = [] }: { option?: string; besides?: readonly string[] } = {},
): void {
  if (isRun(path)) return;
  const found = findRuns(path);
  if (found.length === 0) return;
  const runs = runStates(found, use === 'model');
  const suits = ({ dir, folds, finished, activity }: RunState) =>
    !besides.includes(dir) && (use === 'resume' ? finished < folds && !activity : finished > 0);
  const proposed = [...runs.filter(suits), ...runs.filter((one) => !suits(one))];
  const instead = proposed.slice(0, use === 'compare' ? 2 : 1).map(({ dir }) => dir);
  const width = Math.max(...runs.map(({ dir }) => dir.length));
  const lines = runs.slice(0, LISTED).map(({ dir, text }) => `${dir.padEnd(width)}  ${text}`);
  if (runs.length > LISTED) lines.push(`and ${runs.length - LISTED} more`);
  const which = use === 'compare' ? 'two or more' : 'one';
  throw new FolderOfRunsError(
    `${option ? `${option} ` : ''}${path} is a folder of ${runs.length} run${plural(runs.length)}, not a run`,
    `${lines.join('\n')}\nname ${which} of them, such as ${instead.map(shellWord).join(' ')}`,
    path,
    instead,
    option,
  );
}
