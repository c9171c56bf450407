/** The local runner trains the folds of a run directory on this machine, by default as many at once as there are cores. */

import { existsSync } from 'node:fs';
import type { EndEvent, EpochEvent, Fold, FoldEvent } from '../train/index.js';
import { LexelError } from '../util/errors.js';
import { watchPauses } from '../util/pauses.js';
import type { Retry } from './attempts.js';
import type { Experiment } from './experiment.js';
import type { FoldFailure } from './folds-left.js';
import { localFolds } from './local-source.js';
import { takeLocks } from './lock.js';
import { type ParallelOptions, parallelOf } from './parallel.js';
import { type Progress, ProgressTracker } from './progress.js';
import { foldFiles } from './run-file.js';
import { trainClaims } from './train-claims.js';

export interface RunnerOptions extends ParallelOptions {
  readonly allowDrift?: boolean;
  /** Retries folds that failed in earlier calls, or those that failed less often than that; by default none. */
  readonly retry?: Retry;
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
  const source = localFolds(dir, experiment, options.retry ?? false);
  for (const id of source.finished) removeLeftLock(foldFiles(dir, id).lock);
  const finished = new Set(source.finished);
  const failed = [...source.failed];
  const leftAlone = failed.map(({ fold }) => fold);
  const tracker = new ProgressTracker(experiment, { finished: source.finished, leftAlone });
  const unwatch = watchPauses((milliseconds) => tracker.paused(milliseconds));
  const timer = options.onProgress
    ? setInterval(() => options.onProgress?.(tracker.read()), PROGRESS_INTERVAL)
    : undefined;
  let stopped = false;
  try {
    await trainClaims(source, {
      ...parallelOf(source.waiting.length, options),
      allowDrift: options.allowDrift,
      signal: options.signal,
      onBegin: ({ fold }, flags) => tracker.begin(fold, flags),
      onEvent: (_, event) => options.onEvent?.(event),
      onFinished: ({ fold }, kept, end) => options.onFinished?.(fold, kept, end),
      onOutcome({ fold }, outcome) {
        tracker.end(fold, outcome.type);
        if (outcome.type === 'finished') finished.add(fold.id);
        if (outcome.type === 'stopped') stopped = true;
        if (outcome.type !== 'failed') return;
        const { message, hint, code, stack } = outcome;
        const foldFailure = { fold: fold.id, message, hint, code, stack };
        failed.push(foldFailure);
        options.onFailed?.(foldFailure);
      },
    });
  } finally {
    clearInterval(timer);
    unwatch();
    source.close();
  }
  options.onProgress?.(tracker.read());
  return { finished: [...finished], failed, stopped: stopped || source.waiting.length > 0 };
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
