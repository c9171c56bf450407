/**
 * The local runner: one worker thread a fold, as many at once as there are cores. Folds share the images and
 * nothing else, so there are no locks, and a fold that fails takes no other with it.
 */

import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { trainingIndices } from '../data/index.js';
import type { EndEvent, EpochEvent, Fold, FoldEvent } from '../train/index.js';
import type { Experiment } from './experiment.js';
import { takeLocks } from './lock.js';
import { FLAG_STOP, type WorkerMessage, type WorkerTask } from './messages.js';
import { Meter, type Progress } from './progress.js';
import { foldFiles, readFold } from './run-file.js';

export interface RunnerOptions {
  /** Folds at once; default one per core. */
  readonly workers?: number;
  /** Threads inside each fold's steps; default what the cores leave (the result is the same bits for any number). */
  readonly threads?: number;
  readonly allowDrift?: boolean;
  /** Aborting stops every fold before its next step; checkpoints of the last whole epochs remain. */
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: FoldEvent) => void;
  /** A fold is done: `last` is its last epoch. */
  readonly onFinished?: (fold: Fold, last: EpochEvent | undefined, end: EndEvent) => void;
  readonly onFailed?: (failure: FoldFailure) => void;
  /** Several times a second. */
  readonly onProgress?: (progress: Progress) => void;
}

export interface FoldFailure {
  readonly fold: string;
  readonly message: string;
  readonly hint?: string;
  readonly stack?: string;
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
 * stopped them; a failing fold is reported in the outcome and does not reject.
 * @throws LexelError when another process trains one of these folds; it names the process
 */
export async function runFolds(
  dir: string,
  experiment: Experiment,
  options: RunnerOptions = {},
): Promise<RunOutcome> {
  const { folds } = experiment;
  const finished = new Set(folds.filter((fold) => isFinished(dir, fold)).map((fold) => fold.id));
  const lockOf = (fold: Fold) => foldFiles(dir, fold.id).lock;
  const open = folds.filter((fold) => !finished.has(fold.id));
  const release = takeLocks(open.map((fold) => ({ file: lockOf(fold), what: `fold ${fold.id} of ${dir}` })));
  // Asked again: another process may have finished some while their locks were taken.
  const waiting = open.filter((fold) => {
    if (!isFinished(dir, fold)) return true;
    finished.add(fold.id);
    release(lockOf(fold));
    return false;
  });
  const failed: FoldFailure[] = [];
  const cores = availableParallelism();
  const workers = Math.max(1, Math.min(options.workers ?? cores, waiting.length));
  const threads =
    options.threads ?? (experiment.backend === 'native' ? Math.max(1, Math.floor(cores / workers)) : 1);
  const meter = new Meter(experiment, [...finished]);
  const timer = options.onProgress
    ? setInterval(() => options.onProgress?.(meter.read()), PROGRESS_INTERVAL)
    : undefined;
  let stopped = false;

  const runNext = async (): Promise<void> => {
    while (waiting.length > 0 && !options.signal?.aborted) {
      const fold = waiting.shift()!;
      const images = trainingIndices(experiment.dataset, fold.heldOut);
      const flags = meter.begin(fold);
      const outcome = await runWorker(
        {
          dir,
          experiment: sendable(experiment),
          fold,
          images,
          backend: experiment.backend,
          threads,
          flags,
          allowDrift: options.allowDrift === true,
        },
        options,
      );
      if (outcome.type === 'finished') finished.add(fold.id);
      if (outcome.type === 'stopped') stopped = true;
      meter.end(fold, outcome.type === 'finished');
      release(lockOf(fold));
      if (outcome.type === 'failed') {
        const { message, hint, stack } = outcome;
        const failure = { fold: fold.id, message, hint, stack };
        failed.push(failure);
        options.onFailed?.(failure);
      }
    }
  };
  try {
    await Promise.all(Array.from({ length: workers }, runNext));
  } finally {
    clearInterval(timer);
    for (const fold of open) release(lockOf(fold));
  }
  options.onProgress?.(meter.read());
  return { finished: [...finished], failed, stopped: stopped || waiting.length > 0 };
}

const isFinished = (dir: string, { id, heldOut }: Fold) =>
  readFold(dir, { id, heldOut: [...heldOut] }).finished;

/** The part that a worker needs. Cloning reads the data set's lazy values once, and copies no pixels. */
function sendable({ run, dataset, vectors, network, config }: Experiment): WorkerTask['experiment'] {
  return { run, dataset, vectors, network, config };
}

type Outcome = Exclude<WorkerMessage, { type: 'event' }>;

function runWorker(task: WorkerTask, options: RunnerOptions): Promise<Outcome> {
  return new Promise((resolve) => {
    let outcome: Outcome | undefined;
    let last: EpochEvent | undefined;
    const worker = new Worker(workerFile(), { workerData: task });
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
      options.onEvent?.(event);
      if (event.type === 'end') options.onFinished?.(task.fold, last, event);
    });
    worker.on('error', (error) => {
      outcome = { type: 'failed', message: error.message, stack: error.stack };
    });
    worker.on('exit', (code) => {
      options.signal?.removeEventListener('abort', stop);
      resolve(outcome ?? { type: 'failed', message: `its worker thread ended with code ${code}` });
    });
  });
}

/** Compiled, even when this file runs as TypeScript (tests): worker threads load JavaScript. */
function workerFile(): URL {
  return import.meta.url.endsWith('.ts')
    ? new URL('../../dist/crossval/worker.js', import.meta.url)
    : new URL('./worker.js', import.meta.url);
}
