/** Run directories in a folder, and how far each is: what to say to whoever names the folder instead of a run. */

import { type Dirent, existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { shellWord } from '../util/shell.js';
import { FolderOfRunsError } from './folder-of-runs.js';
import { lockState } from './lock-file.js';
import { readFold, readRunFile } from './run-file.js';

/** Names of the runs that `--seeds` wrote below a directory (seed-0, seed-1, ...), by seed; empty where it is none. */
export function seedRuns(dir: string): string[] {
  if (!existsSync(dir) || isRun(dir)) return [];
  return readdirSync(dir)
    .filter((name) => /^seed-\d+$/.test(name) && isRun(join(dir, name)))
    .sort((a, b) => Number(a.slice(5)) - Number(b.slice(5)));
}

/** How many folders deep runs are looked for. */
const DEPTH = 3;

/**
 * Run directories in a folder and its folders, three deep, by path; the folder itself where it is one. Links and hidden
 * folders are not entered, nor is a run: it holds no others.
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
    return []; // no folder, or one that may not be read
  }
  return entries
    .filter((entry) => entry.isDirectory() && !/^(\.|node_modules$)/.test(entry.name))
    .map(({ name }) => name)
    .sort(new Intl.Collator('en', { numeric: true }).compare);
}

interface RunState {
  /** A run directory, or one of `--seeds`. */
  readonly dir: string;
  readonly folds: number;
  readonly finished: number;
  readonly failed: number;
  /** What is done with it now, such as "training now"; null: nothing. */
  readonly activity: string | null;
  readonly problem?: string;
}

/** What the state of a lock's process says about its run; the first that is found counts. */
const ACTIVITIES = [
  ['running', 'training now'],
  ['stopped', 'paused'],
  ['elsewhere', 'in use on another machine'],
] as const;

/** How far a run is; a broken one says why. */
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

/** Runs with their states; the runs of a `--seeds` directory as one, unless `seedsApart`. */
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

/** What a command does with a run: decides which run is proposed. */
type RunUse = 'analyse' | 'compare' | 'resume' | 'model';

/** Runs listed in a message. */
const LISTED = 30;

/**
 * Nothing, where a path is a run directory or holds none.
 * @param option that named the path on a command line, such as "--model"; the message says so
 * @param besides runs that are named already, and so not proposed
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
