/**
 * The local runner: one worker thread a fold, as many at once as there are cores. Folds share the images and
 * nothing else, so a fold that fails, while it is prepared or trained, takes no other with it.
 */

import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { trainingIndices } from '../data/index.js';
import type { EndEvent, EpochEvent, Fold, FoldEvent } from '../train/index.js';
import { LexelError } from '../util/errors.js';
import { watchPauses } from '../util/pauses.js';
import { WORKER_OPTIONS } from '../util/worker.js';
import type { Experiment } from './experiment.js';
import { type FoldFailure, foldsLeft } from './folds-left.js';
import { takeLocks } from './lock.js';
import { FLAG_STOP, failure, type WorkerMessage, type WorkerTask } from './messages.js';
import { type Progress, ProgressTracker } from './progress.js';
import { foldFiles } from './run-file.js';
import { appendEvent } from './store.js';

export interface RunnerOptions {
  /** Folds at once; default one per core. */
  readonly workers?: number;
  /** Threads inside each fold's steps; default what the cores leave (the result is the same bits for any number). */
  readonly threads?: number;
  readonly allowDrift?: boolean;
  /** Tries folds again that failed in an earlier call; they are left alone otherwise. */
  readonly retry?: boolean;
  /** Aborting stops every fold before its next step; checkpoints of the last whole epochs remain. */
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: FoldEvent) => void;
  /** A fold is done: `last` is its last epoch. */
  readonly onFinished?: (fold: Fold, last: EpochEvent | undefined, end: EndEvent) => void;
  readonly onFailed?: (failure: FoldFailure) => void;
  /** Several times a second. */
  readonly onProgress?: (progress: Progress) => void;
}

export interface RunOutcome {
  /** Ids of all finished folds, those of earlier calls included. */
  readonly finished: readonly string[];
  readonly failed: readonly FoldFailure[];
  /** Stopped by the signal before all folds were done. */
  readonly stopped: boolean;
}

/** Milliseconds between calls of `onProgress`. */
const PROGRESS_INTERVAL = 250;

/**
 * Trains all folds of a run directory that are not finished yet. Resolves when none is left, or when the signal has
 * stopped them; a failing fold is recorded in its log, reported in the outcome, and does not reject. A fold's lock is
 * held until its worker has ended.
 * @throws LexelError when another process trains one of these folds; it names the process
 */
export async function runFolds(
  dir: string,
  experiment: Experiment,
  options: RunnerOptions = {},
): Promise<RunOutcome> {
  const { folds } = experiment;
  const retry = options.retry === true;
  const before = foldsLeft(dir, folds, retry);
  const lockOf = (fold: Fold) => foldFiles(dir, fold.id).lock;
  const release = takeLocks(
    before.open.map((fold) => ({ file: lockOf(fold), what: `fold ${fold.id} of ${dir}` })),
  );
  // Read again: another process may have finished some while their locks were taken.
  const now = foldsLeft(dir, before.open, retry);
  for (const fold of before.open) if (!now.open.includes(fold)) release(lockOf(fold));
  const waiting = [...now.open];
  const finished = new Set([...before.finished, ...now.finished]);
  for (const id of before.finished) removeLeftLock(foldFiles(dir, id).lock);
  const failed = [...before.failed, ...now.failed];
  const cores = availableParallelism();
  const workers = Math.max(1, Math.min(options.workers ?? cores, waiting.length));
  const threads = options.threads ?? Math.max(1, Math.floor(cores / workers));
  const leftAlone = failed.map(({ fold }) => fold);
  const tracker = new ProgressTracker(experiment, { finished: [...finished], leftAlone });
  const unwatch = watchPauses((milliseconds) => tracker.paused(milliseconds));
  const timer = options.onProgress
    ? setInterval(() => options.onProgress?.(tracker.read()), PROGRESS_INTERVAL)
    : undefined;
  const halt = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, halt.signal]) : halt.signal;
  let stopped = false;

  const run = async (fold: Fold): Promise<Outcome> => {
    const flags = tracker.begin(fold);
    const outcome = await runWorker(
      () => ({
        dir,
        experiment: sendable(experiment),
        fold,
        images: trainingIndices(experiment.dataset, fold.heldOut),
        backend: experiment.backend,
        threads,
        flags,
        allowDrift: options.allowDrift === true,
      }),
      { ...options, signal },
    );
    tracker.end(fold, outcome.type);
    if (outcome.type !== 'failed') return outcome;
    // The message stands beside the fold's name wherever it is told.
    const told = { ...outcome, message: outcome.message.replace(`fold ${fold.id}: `, '') };
    if (!told.refused) recordFailure(dir, fold, told);
    return told;
  };
  const runNext = async (): Promise<void> => {
    while (waiting.length > 0 && !signal.aborted) {
      const fold = waiting.shift()!;
      const outcome = await run(fold).finally(() => release(lockOf(fold)));
      if (outcome.type === 'finished') finished.add(fold.id);
      if (outcome.type === 'stopped') stopped = true;
      if (outcome.type !== 'failed') continue;
      const { message, hint, stack } = outcome;
      const told = { fold: fold.id, message, hint, stack };
      failed.push(told);
      options.onFailed?.(told);
    }
  };
  // Whatever goes wrong with one of them, all have ended before a lock is given back.
  const ends = await Promise.allSettled(
    Array.from({ length: workers }, () =>
      runNext().catch((error) => {
        halt.abort();
        throw error;
      }),
    ),
  );
  clearInterval(timer);
  unwatch();
  for (const fold of waiting) release(lockOf(fold));
  const broken = ends.find((end) => end.status === 'rejected');
  if (broken) throw broken.reason;
  options.onProgress?.(tracker.read());
  return { finished: [...finished], failed, stopped: stopped || waiting.length > 0 };
}

/** Removes the lock of a process that was killed when its fold was finished and the lock not given back yet. */
function removeLeftLock(file: string): void {
  if (!existsSync(file)) return;
  try {
    takeLocks([{ file, what: file }])(file);
  } catch (error) {
    // Somebody else's: a process that has just finished the fold, or what no process can judge.
    if (!(error instanceof LexelError)) throw error;
  }
}

/** Writes the failure into the fold's log, where the disk lets it. */
function recordFailure(dir: string, { id }: Fold, { message, hint }: ReturnType<typeof failure>): void {
  try {
    appendEvent(dir, { type: 'failed', fold: id, message, hint, time: new Date().toISOString() });
  } catch {
    // A disk that is full is what failed: the fold is then tried again at the next call.
  }
}

/** The part that a worker needs. Cloning reads the data set's lazy values once, and copies no pixels. */
function sendable({ run, dataset, vectors, network, config }: Experiment): WorkerTask['experiment'] {
  return { run, dataset, vectors, network, config };
}

type Outcome = Exclude<WorkerMessage, { type: 'event' }>;

/**
 * Prepares a fold and trains it in a worker of its own. Whatever goes wrong with the fold is its outcome; an error that
 * a callback of the caller throws stops the fold and is thrown when its worker has ended.
 */
async function runWorker(prepare: () => WorkerTask, options: RunnerOptions): Promise<Outcome> {
  let task: WorkerTask;
  let worker: Worker;
  try {
    task = prepare();
    worker = new Worker(workerFile(), { workerData: task, ...WORKER_OPTIONS });
  } catch (error) {
    return failure(error);
  }
  return new Promise((resolve, reject) => {
    let thrown: { error: unknown } | undefined;
    let outcome: Outcome | undefined;
    let last: EpochEvent | undefined;
    const stop = () => Atomics.store(task.flags, FLAG_STOP, 1);
    if (options.signal?.aborted) stop();
    options.signal?.addEventListener('abort', stop);
    worker.on('message', (message: WorkerMessage) => {
      if (message.type !== 'event') {
        outcome = message;
        return;
      }
      const { event } = message;
      if (event.type === 'epoch') last = event;
      try {
        options.onEvent?.(event);
        if (event.type === 'end') options.onFinished?.(task.fold, last, event);
      } catch (error) {
        thrown ??= { error };
        stop();
      }
    });
    worker.on('error', (error) => {
      outcome = failure(error);
    });
    worker.on('exit', (code) => {
      options.signal?.removeEventListener('abort', stop);
      if (thrown) reject(thrown.error);
      else resolve(outcome ?? { type: 'failed', message: `its worker thread ended with code ${code}` });
    });
  });
}

/** Compiled, even when this file runs as TypeScript (tests): worker threads load JavaScript. */
function workerFile(): URL {
  return import.meta.url.endsWith('.ts')
    ? new URL('../../dist/crossval/worker.js', import.meta.url)
    : new URL('./worker.js', import.meta.url);
}
