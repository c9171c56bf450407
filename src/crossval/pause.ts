/**
 * Runs in the background stand still while something else is measured: the processes that hold the locks of a run are
 * stopped (SIGSTOP) and go on later (SIGCONT). They keep their memory and their locks, so no other process takes their
 * folds, and they end in the same bits.
 *
 * Whoever pauses a run holds `pause.lock` in it, so that nobody lets it go on while another still measures. The lock names
 * the processes that were stopped, so that after a pause that was killed they can be told from what others have stopped.
 */

import { existsSync, readdirSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { LexelError, UsageError } from '../util/errors.js';
import { type ProcessState, stateOf } from '../util/processes.js';
import { takeLocks } from './lock.js';
import { type Holder, type LockState, lockState } from './lock-file.js';
import { findRuns } from './runs.js';

const PAUSE_LOCK = 'pause.lock';

/** A process that trains in run directories. */
export interface TrainingProcess {
  readonly pid: number;
  readonly began: string | null;
  readonly host: string;
  /** `elsewhere`: on another machine, where it can be neither asked nor paused. */
  readonly state: Exclude<ProcessState, 'gone'> | 'elsewhere';
  /** Run directories that it holds locks of. */
  readonly runs: readonly string[];
}

export interface ListedProcess extends TrainingProcess {
  /** The process that has paused it; null: none, or it was stopped by other means than {@link pauseRuns}. */
  readonly pausedBy: { readonly pid: number; readonly since: string; readonly gone: boolean } | null;
}

export interface Listing {
  /** By process id. */
  readonly processes: readonly ListedProcess[];
  /** Locks that do not say who holds them. */
  readonly unreadable: readonly { readonly file: string; readonly problem: string }[];
}

/**
 * The processes that train in run directories. The lock of a pause that was killed is removed where nothing that it had
 * stopped stands still any more: what is stopped later, is so by others.
 * @param folders run directories, or folders that are searched for them, three deep
 * @throws UsageError when there is no such folder
 */
export function listProcesses(folders: readonly string[]): Listing {
  const found = new Map<string, { holder: Holder; state: TrainingProcess['state']; runs: Set<string> }>();
  const unreadable: { file: string; problem: string }[] = [];
  // By whatever path it is named, a run counts once.
  const runs = new Map(folders.flatMap(runsBelow).map((run) => [realpathSync(run), run]));
  for (const run of runs.values()) {
    for (const file of locksOf(run)) {
      const lock = lockState(file);
      if (!lock) continue;
      if ('problem' in lock) {
        unreadable.push(lock);
        continue;
      }
      const { holder, state } = lock;
      if (state === 'gone' || (state !== 'elsewhere' && holder.pid === process.pid)) continue;
      const name = `${holder.host} ${holder.pid} ${holder.began}`;
      const one = found.get(name) ?? { holder, state, runs: new Set() };
      one.runs.add(run);
      found.set(name, one);
    }
  }
  const locks = new Map([...runs.values()].map((run) => [run, pauseLockOf(run)]));
  const processes = [...found.values()].map(({ holder: { pid, began, host }, state, runs }) => {
    const one = { pid, began, host, state, runs: [...runs] };
    return { ...one, pausedBy: pauserOf(one, locks) };
  });
  for (const [run, lock] of locks) {
    if (lock?.state === 'gone' && !processes.some((one) => isPaused(one, run, lock))) removePauseLock(run);
  }
  return { processes: processes.sort((a, b) => a.pid - b.pid), unreadable };
}

function runsBelow(folder: string): string[] {
  if (existsSync(folder)) return findRuns(folder);
  throw new UsageError(`${folder}: there is no such folder`, 'name a run, or a folder of runs');
}

type PauseLock = Extract<LockState, { holder: Holder }>;

const pauseLock = (run: string) => ({ file: join(run, PAUSE_LOCK), what: `the pause of ${run}` });

function pauseLockOf(run: string): PauseLock | null {
  const lock = lockState(pauseLock(run).file);
  return lock && 'holder' in lock ? lock : null;
}

/** Whether a process stands still by the pause that a run's lock tells of. An older lock says of no process that it does not. */
function isPaused(
  { pid, began, state, runs }: TrainingProcess,
  run: string,
  { holder: { paused } }: PauseLock,
): boolean {
  if (state !== 'stopped' || !runs.includes(run)) return false;
  return paused?.some((one) => one.pid === pid && one.began === began) ?? true;
}

function pauserOf(
  process: TrainingProcess,
  locks: ReadonlyMap<string, PauseLock | null>,
): ListedProcess['pausedBy'] {
  const own = [...locks].flatMap(([run, lock]) => (lock && isPaused(process, run, lock) ? [lock] : []));
  const lock = own.find(({ state }) => state !== 'gone') ?? own[0];
  if (!lock) return null;
  return { pid: lock.holder.pid, since: lock.holder.since, gone: lock.state === 'gone' };
}

/** Removes a dead process's lock by taking it over, so that nobody else's is removed. */
function removePauseLock(run: string): void {
  const lock = pauseLock(run);
  try {
    takeLocks([lock], { paused: [] })(lock.file);
  } catch {} // another process was quicker, or it may not be written here
}

/** A run's locks that who trains holds. */
function locksOf(run: string): string[] {
  const folds = join(run, 'folds');
  const names = existsSync(folds) ? readdirSync(folds).filter((name) => name.endsWith('.lock')) : [];
  return [join(run, 'run.lock'), ...names.map((name) => join(folds, name))];
}

export interface Pause {
  /** Those that stand still until `end`. */
  readonly paused: readonly TrainingProcess[];
  /** Those that it has no power over: stopped by others before, or on another machine. */
  readonly left: readonly TrainingProcess[];
  readonly unreadable: Listing['unreadable'];
  /** Processes that train now and are not paused, such as those that began after the pause. */
  missed(): TrainingProcess[];
  /** Lets all go on. A second call does nothing. */
  end(): void;
}

/**
 * Pauses the processes that train in run directories. What had been stopped before stays so at the end, unless by a pause
 * whose process was killed.
 *
 * @param folders run directories, or folders that are searched for them, three deep
 * @throws LexelError when another process has paused one of the runs, or one may not be stopped: then none is. UsageError
 *   when there is no such folder.
 * @example
 * const pause = await pauseRuns(['runs']);
 * try { await measure(); } finally { pause.end(); }
 */
export async function pauseRuns(folders: readonly string[]): Promise<Pause> {
  checkSystem();
  const { processes, unreadable } = listProcesses(folders);
  const left = processes.filter(
    ({ state, pausedBy }) => state === 'elsewhere' || (state === 'stopped' && !pausedBy),
  );
  const mine = processes.filter((one) => !left.includes(one));
  const giveBack = takePauseLocks(mine, mine);
  const paused: TrainingProcess[] = [];
  const end = () => {
    for (const one of paused.splice(0)) send('SIGCONT', one);
    giveBack();
  };
  try {
    for (const one of mine) {
      if (send('SIGSTOP', one)) paused.push(one);
    }
    await Promise.all(paused.map(standsStill));
  } catch (error) {
    end();
    throw error;
  }
  const known = new Set([...paused, ...left].map(({ pid, host }) => `${host} ${pid}`));
  const missed = () =>
    listProcesses(folders.filter((folder) => existsSync(folder))).processes.filter(
      ({ pid, host }) => !known.has(`${host} ${pid}`),
    );
  return { paused: [...paused], left, unreadable, missed, end };
}

/**
 * Lets processes go on that are stopped: after a pause whose process was killed, or by other means.
 * @returns which
 * @throws as {@link pauseRuns}; LexelError while a process that is alive has paused one of the runs
 */
export function continueRuns(folders: readonly string[]): TrainingProcess[] {
  checkSystem();
  const stopped = listProcesses(folders).processes.filter(({ state }) => state === 'stopped');
  const giveBack = takePauseLocks(stopped, []);
  try {
    return stopped.filter((one) => send('SIGCONT', one));
  } finally {
    giveBack();
  }
}

/** Takes the locks of the runs that some processes train in, in the name of those that are to be stopped. */
function takePauseLocks(processes: readonly TrainingProcess[], stop: readonly TrainingProcess[]): () => void {
  const locks = [...new Set(processes.flatMap((one) => one.runs))].map(pauseLock);
  const release = takeLocks(locks, { paused: stop.map(({ pid, began }) => ({ pid, began })) });
  return () => {
    for (const { file } of locks) release(file);
  };
}

/** @returns false when the process has ended */
function send(signal: 'SIGSTOP' | 'SIGCONT', { pid, began, runs }: TrainingProcess): boolean {
  // Its id may be another process's by now, which must not be touched.
  if (began === null) {
    throw new LexelError(
      `process ${pid}, which trains in ${runs.join(', ')}, cannot be told from others that had its id`,
      'this system does not say when processes began; pause it by hand',
    );
  }
  if (stateOf({ pid, began }) === 'gone') return false;
  try {
    process.kill(pid, signal);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ESRCH') return false;
    if (code !== 'EPERM') throw error;
    throw new LexelError(
      `process ${pid}, which trains in ${runs.join(', ')}, is another user's and may not be paused`,
      'pause as that user',
    );
  }
}

/** A stop reaches a process within moments; it is waited for, so that nothing of it is measured. */
async function standsStill(one: TrainingProcess): Promise<void> {
  for (let waited = 0; stateOf(one) === 'running' && waited < 5000; waited += 5) await sleep(5);
}

function checkSystem(): void {
  if (process.platform !== 'win32') return;
  throw new LexelError(
    'Windows cannot stop a process and let it go on later, so runs cannot be paused there',
    'stop the run with Ctrl-C; `lexel loo --resume` goes on with it later, to the same bits',
  );
}
