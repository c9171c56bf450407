/**
 * The local runner trains each fold in its own worker thread, by default as many at once as there are cores.
 * Folds share only the images, so a failure in one fold, during preparation or training, does not affect the
 * others.
 */

import { existsSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { trainingIndices } from '../data/index.js';
import { type EndEvent, type EpochEvent, type Fold, type FoldEvent, keptEpoch } from '../train/index.js';
import { LexelError } from '../util/errors.js';
import { watchPauses } from '../util/pauses.js';
import { WORKER_OPTIONS } from '../util/worker.js';
import type { Experiment } from './experiment.js';
import { sendable } from './fold-options.js';
import { type FoldFailure, foldsLeft } from './folds-left.js';
import { takeLocks } from './lock.js';
import { FLAG_STOP, failure, type WorkerMessage, type WorkerTask } from './messages.js';
import { type ParallelOptions, parallelOf } from './parallel.js';
import { type Progress, ProgressTracker } from './progress.js';
import { foldFiles, readFold } from './run-file.js';
import { appendEvent } from './store.js';

export interface RunnerOptions extends ParallelOptions {
  readonly allowDrift?: boolean;
  /** Retries folds that failed in an earlier call; by default they are skipped. */
  readonly retry?: boolean;
  /** Aborting stops every fold before its next step; the checkpoints of the last complete epochs remain. */
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: FoldEvent) => void;
  /** Called when a fold is finished; `kept` is the epoch whose weights it keeps. */
  readonly onFinished?: (fold: Fold, kept: EpochEvent | undefined, end: EndEvent) => void;
  readonly onFailed?: (failure: FoldFailure) => void;
  /** Called several times per second. */
  readonly onProgress?: (progress: Progress) => void;
}

export interface RunOutcome {
  /** Ids of all finished folds, including those of earlier calls. */
  readonly finished: readonly string[];
  readonly failed: readonly FoldFailure[];
  /** True if the signal stopped the run before all folds were done. */
  readonly stopped: boolean;
}

/** Milliseconds between calls of `onProgress`. */
const PROGRESS_INTERVAL = 250;

/**
 * Trains all unfinished folds of a run directory. Resolves when all are done, or when the signal has stopped
 * them. A failing fold does not reject: its failure is written to its log and returned in the outcome. A fold's
 * lock is held until its worker has ended.
 * @throws LexelError naming the process, if another process trains one of these folds
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
  // Read again: another process may have finished some folds before their locks were taken.
  const now = foldsLeft(dir, before.open, retry);
  for (const fold of before.open) if (!now.open.includes(fold)) release(lockOf(fold));
  const waiting = [...now.open];
  const finished = new Set([...before.finished, ...now.finished]);
  for (const id of before.finished) removeLeftLock(foldFiles(dir, id).lock);
  const failed = [...before.failed, ...now.failed];
  const { workers, threads } = parallelOf(waiting.length, options);
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
    // Callers print the message next to the fold's name.
    const failedFold = { ...outcome, message: outcome.message.replace(`fold ${fold.id}: `, '') };
    if (!failedFold.refused) recordFailure(dir, fold, failedFold);
    return failedFold;
  };
  const runNext = async (): Promise<void> => {
    while (waiting.length > 0 && !signal.aborted) {
      const fold = waiting.shift()!;
      const outcome = await run(fold).finally(() => release(lockOf(fold)));
      if (outcome.type === 'finished') finished.add(fold.id);
      if (outcome.type === 'stopped') stopped = true;
      if (outcome.type !== 'failed') continue;
      const { message, hint, code, stack } = outcome;
      const foldFailure = { fold: fold.id, message, hint, code, stack };
      failed.push(foldFailure);
      options.onFailed?.(foldFailure);
    }
  };
  // If one of them throws, the others are stopped and awaited before the remaining locks are released.
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

/** Removes the lock that a process left if it was killed after finishing the fold and before releasing the lock. */
function removeLeftLock(file: string): void {
  if (!existsSync(file)) return;
  try {
    takeLocks([{ file, what: file }])(file);
  } catch (error) {
    // Held by a process that has just finished the fold, or unreadable: leave it.
    if (!(error instanceof LexelError)) throw error;
  }
}

/** Writes the failure to the fold's log, if possible. */
function recordFailure(dir: string, { id }: Fold, { message, hint }: ReturnType<typeof failure>): void {
  try {
    appendEvent(dir, { type: 'failed', fold: id, message, hint, time: new Date().toISOString() });
  } catch {
    // The disk may be full. Without a failure in its log, the fold is tried again in the next call.
  }
}

type Outcome = Exclude<WorkerMessage, { type: 'event' }>;

/**
 * Prepares a fold and trains it in its own worker. An error of the fold becomes its outcome. An error thrown by
 * a callback of the caller stops the fold and is rethrown when the worker has ended.
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
    const stop = () => Atomics.store(task.flags, FLAG_STOP, 1);
    if (options.signal?.aborted) stop();
    options.signal?.addEventListener('abort', stop);
    worker.on('message', (message: WorkerMessage) => {
      if (message.type !== 'event') {
        outcome = message;
        return;
      }
      const { event } = message;
      try {
        options.onEvent?.(event);
        if (event.type === 'end') options.onFinished?.(task.fold, keptLine(task, event), event);
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

/** The log's line of the epoch whose weights the fold keeps; it may be of an earlier call. */
function keptLine({ dir, fold, experiment }: WorkerTask, end: EndEvent): EpochEvent | undefined {
  const kept = keptEpoch(experiment.config, end);
  const { epochs } = readFold(dir, { id: fold.id, heldOut: [...fold.heldOut] });
  return epochs.find(({ epoch }) => epoch === kept);
}

/** The compiled worker, even if this file runs as TypeScript in tests, because worker threads load JavaScript. */
function workerFile(): URL {
  return import.meta.url.endsWith('.ts')
    ? new URL('../../dist/crossval/worker.js', import.meta.url)
    : new URL('./worker.js', import.meta.url);
}
