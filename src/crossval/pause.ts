/**
 * Pauses background runs while something else is measured: the processes that hold a run's locks are stopped
 * (SIGSTOP) and continued later (SIGCONT). They keep their memory and their locks, so no other process takes
 * over their folds, and their results are bit-identical.
 *
 * A process that pauses a run holds the run's `pause.lock`, so that no other process continues the run during
 * the measurement. The lock lists the stopped processes. If the pausing process is killed, they can thus be
 * distinguished from processes that were stopped by other means.
 */

import { existsSync, readdirSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { LexelError } from '../util/errors.js';
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
  /** `elsewhere`: on another machine, where it can be neither inspected nor paused. */
  readonly state: Exclude<ProcessState, 'gone'> | 'elsewhere';
  /** Run directories in which it holds locks. */
  readonly runs: readonly string[];
}

export interface ListedProcess extends TrainingProcess {
  /** The process that paused it with {@link pauseRuns}; null if it is not paused or was stopped by other means. */
  readonly pausedBy: { readonly pid: number; readonly since: string; readonly gone: boolean } | null;
}

export interface Listing {
  /** Sorted by process id. */
  readonly processes: readonly ListedProcess[];
  /** Locks whose holder cannot be read. */
  readonly unreadable: readonly { readonly file: string; readonly problem: string }[];
}

/**
 * Lists the processes that train in run directories. Also removes the pause lock of a dead process if none of the
 * processes that it stopped is still stopped, so that later stops are not attributed to it.
 * @param folders run directories, or folders that are searched for them, three levels deep
 * @throws LexelError if a folder does not exist
 */
export function listProcesses(folders: readonly string[]): Listing {
  const found = new Map<string, { holder: Holder; state: TrainingProcess['state']; runs: Set<string> }>();
  const unreadable: { file: string; problem: string }[] = [];
  // Resolve paths, so that a run counts once even if several paths lead to it.
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
  throw new LexelError(`${folder}: no such folder`, 'give a run, or a folder of runs', {
    code: 'LEXEL_NOT_FOUND',
  });
}

type PauseLock = Extract<LockState, { holder: Holder }>;

const pauseLock = (run: string) => ({ file: join(run, PAUSE_LOCK), what: `the pause of ${run}` });

function pauseLockOf(run: string): PauseLock | null {
  const lock = lockState(pauseLock(run).file);
  return lock && 'holder' in lock ? lock : null;
}

/**
 * Whether a process is stopped by the holder of a run's pause lock. Older locks list no processes and apply to
 * all.
 */
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

/** Removes a dead process's lock by first taking it over, so that the lock of a live process is never removed. */
function removePauseLock(run: string): void {
  const lock = pauseLock(run);
  try {
    takeLocks([lock], { paused: [] })(lock.file);
  } catch {} // another process was faster, or the folder is not writable
}

/** The locks of a run that training processes hold. */
function locksOf(run: string): string[] {
  const folds = join(run, 'folds');
  const names = existsSync(folds) ? readdirSync(folds).filter((name) => name.endsWith('.lock')) : [];
  return [join(run, 'run.lock'), ...names.map((name) => join(folds, name))];
}

export interface Pause {
  /** Processes that are stopped until `end`. */
  readonly paused: readonly TrainingProcess[];
  /** Processes that were not paused: already stopped by other means, or on another machine. */
  readonly left: readonly TrainingProcess[];
  readonly unreadable: Listing['unreadable'];
  /** Lists processes that train now and are not paused, such as those that started after the pause. */
  missed(): TrainingProcess[];
  /** Continues all paused processes. A second call does nothing. */
  end(): void;
}

/**
 * Pauses the processes that train in run directories. Processes that were already stopped stay stopped at the
 * end, except those paused by a process that has since died.
 *
 * @param folders run directories, or folders that are searched for them, three levels deep
 * @throws LexelError if another process has paused one of the runs, or a process may not be stopped; then none
 *   stays paused. Also if a folder does not exist.
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
    await Promise.all(paused.map(waitUntilStopped));
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
 * Continues stopped processes: after a pause whose process was killed, or if they were stopped by other means.
 * @returns the continued processes
 * @throws like {@link pauseRuns}; LexelError if a live process has paused one of the runs
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

/** Takes the pause locks of the runs that `processes` train in; the locks list the processes in `stop`. */
function takePauseLocks(processes: readonly TrainingProcess[], stop: readonly TrainingProcess[]): () => void {
  const locks = [...new Set(processes.flatMap((one) => one.runs))].map(pauseLock);
  const release = takeLocks(locks, { paused: stop.map(({ pid, began }) => ({ pid, began })) });
  return () => {
    for (const { file } of locks) release(file);
  };
}

/** @returns false if the process has ended */
function send(signal: 'SIGSTOP' | 'SIGCONT', { pid, began, runs }: TrainingProcess): boolean {
  // The id may belong to another process by now, which must not receive the signal.
  if (began === null) {
    throw new LexelError(
      `process ${pid}, which trains in ${runs.join(', ')}, cannot be distinguished from other processes with its id`,
      'this system does not report start times of processes; pause it by hand',
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
      `process ${pid}, which trains in ${runs.join(', ')}, belongs to another user and may not be paused`,
      'pause as that user',
    );
  }
}

/**
 * Waits until the process has stopped (SIGSTOP is asynchronous), so that it does not run during the
 * measurement.
 */
async function waitUntilStopped(one: TrainingProcess): Promise<void> {
  for (let waited = 0; stateOf(one) === 'running' && waited < 5000; waited += 5) await sleep(5);
}

function checkSystem(): void {
  if (process.platform !== 'win32') return;
  throw new LexelError(
    'Windows cannot stop and continue a process, so runs cannot be paused there',
    'stop the run with Ctrl-C and resume it later with `lexel loo --resume`; the result is bit-identical',
  );
}
