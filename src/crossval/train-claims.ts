/**
 * Trains the folds of a source, each in its own worker thread, several at once. Folds share only the images, so a failure
 * in one fold, during preparation or training, does not affect the others.
 */

import { Worker } from 'node:worker_threads';
import { trainingIndices } from '../data/index.js';
import { type EndEvent, type EpochEvent, type FoldEvent, keptEpoch } from '../train/index.js';
import { WORKER_OPTIONS } from '../util/worker.js';
import { sendable } from './fold-options.js';
import type { Claim, FoldOutcome, FoldSource } from './fold-source.js';
import { FLAG_STOP, failure, newFlags, type WorkerMessage, type WorkerTask } from './messages.js';
import { readFold } from './run-file.js';

export interface TrainClaimsOptions<C extends Claim = Claim> {
  /** Number of folds trained at once. */
  readonly workers: number;
  /** Threads per training step. */
  readonly threads: number;
  readonly allowDrift?: boolean;
  /** Aborting stops every fold before its next step; the checkpoints of the last complete epochs remain. */
  readonly signal?: AbortSignal;
  /** Called when a fold is about to be trained, with the flags that its thread shares (see messages.ts). */
  readonly onBegin?: (claim: C, flags: Int32Array) => void;
  readonly onEvent?: (claim: C, event: FoldEvent) => void;
  /** Called when a fold is finished and its result is kept; `kept` is the epoch whose weights it keeps. */
  readonly onFinished?: (claim: C, kept: EpochEvent | undefined, end: EndEvent) => void;
  /** Called when the claim is released. */
  readonly onOutcome?: (claim: C, outcome: FoldOutcome) => void;
  /** Trains a fold, and writes its files into the claim's directory; default: in a thread of its own. */
  readonly train?: TrainClaim<C>;
}

export type TrainClaim<C extends Claim = Claim> = (
  claim: C,
  flags: Int32Array,
  options: TrainClaimsOptions<C>,
) => Promise<TrainedFold>;

export interface TrainedFold {
  readonly outcome: FoldOutcome;
  /** The log's last line; absent if the fold has not finished. */
  readonly end?: EndEvent;
}

/**
 * Trains folds until the source has none left or the signal is aborted. A failing fold does not reject.
 * @throws what a callback or the source throws, after all threads have ended
 */
export async function trainClaims<C extends Claim>(
  source: FoldSource<C>,
  options: TrainClaimsOptions<C>,
): Promise<void> {
  const halt = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, halt.signal]) : halt.signal;
  const trainNext = async (): Promise<void> => {
    while (!signal.aborted) {
      const claim = await source.claim(signal);
      if (!claim) return;
      let outcome: FoldOutcome = { type: 'stopped', epoch: 0 };
      try {
        outcome = withoutName(claim, await trainClaim(claim, { ...options, signal }));
      } finally {
        await claim.release(outcome);
      }
      options.onOutcome?.(claim, outcome);
    }
  };
  // If one of them throws, the others are stopped and awaited.
  const ends = await Promise.allSettled(
    Array.from({ length: options.workers }, () =>
      trainNext().catch((error) => {
        halt.abort();
        throw error;
      }),
    ),
  );
  const broken = ends.find((end) => end.status === 'rejected');
  if (broken) throw broken.reason;
}

/** Callers print the message of a failure next to the fold's name. */
function withoutName({ fold }: Claim, outcome: FoldOutcome): FoldOutcome {
  if (outcome.type !== 'failed') return outcome;
  return { ...outcome, message: outcome.message.replace(`fold ${fold.id}: `, '') };
}

/** Trains one fold and commits its result. An error of the fold becomes its outcome. */
async function trainClaim<C extends Claim>(claim: C, options: TrainClaimsOptions<C>): Promise<FoldOutcome> {
  const flags = newFlags();
  options.onBegin?.(claim, flags);
  const timer = setInterval(() => void claim.heartbeat(), claim.heartbeatEvery);
  try {
    const { outcome, end } = await (options.train ?? runThread)(claim, flags, options);
    if (outcome.type !== 'finished') return outcome;
    try {
      await claim.commit();
    } catch (error) {
      return failure(error);
    }
    if (end) options.onFinished?.(claim, keptLine(claim, end), end);
    return outcome;
  } finally {
    clearInterval(timer);
  }
}

/**
 * Runs the thread of a fold to its end. An error thrown by a callback of the caller stops the fold and is rethrown when
 * the thread has ended.
 */
async function runThread<C extends Claim>(
  claim: C,
  flags: Int32Array,
  { threads, allowDrift = false, signal, onEvent }: TrainClaimsOptions<C>,
): Promise<TrainedFold> {
  let worker: Worker;
  try {
    const { dir, experiment, fold, fence } = claim;
    const task: WorkerTask = {
      dir,
      ...(fence && { fence }),
      experiment: sendable(experiment),
      fold,
      images: trainingIndices(experiment.dataset, fold.heldOut),
      backend: experiment.backend,
      threads,
      flags,
      allowDrift,
    };
    worker = new Worker(workerFile(), { workerData: task, ...WORKER_OPTIONS });
  } catch (error) {
    return { outcome: failure(error) };
  }
  return new Promise((resolve, reject) => {
    let thrown: { error: unknown } | undefined;
    let outcome: FoldOutcome | undefined;
    let end: EndEvent | undefined;
    const stopped = AbortSignal.any([...(signal ? [signal] : []), claim.lost]);
    const stop = () => Atomics.store(flags, FLAG_STOP, 1);
    if (stopped.aborted) stop();
    stopped.addEventListener('abort', stop);
    worker.on('message', (message: WorkerMessage) => {
      if (message.type === 'checkpoint') {
        claim.checkpointed(message.epoch);
        return;
      }
      if (message.type !== 'event') {
        outcome = message;
        return;
      }
      const { event } = message;
      if (event.type === 'end') end = event;
      try {
        onEvent?.(claim, event);
      } catch (error) {
        thrown ??= { error };
        stop();
      }
    });
    worker.on('error', (error) => {
      outcome = failure(error);
    });
    worker.on('exit', (code) => {
      stopped.removeEventListener('abort', stop);
      if (thrown) reject(thrown.error);
      else
        resolve({
          outcome: outcome ?? { type: 'failed', message: `its worker thread ended with code ${code}` },
          end,
        });
    });
  });
}

/** The log's line of the epoch whose weights the fold keeps; it may be of an earlier call. */
function keptLine({ dir, fold, experiment }: Claim, end: EndEvent): EpochEvent | undefined {
  const kept = keptEpoch(experiment.config, end);
  const { epochs } = readFold(dir, { id: fold.id, heldOut: [...fold.heldOut] });
  return epochs.find(({ epoch }) => epoch === kept);
}

/** The compiled worker in one file, even if this file runs as TypeScript in tests, because worker threads load JavaScript. */
function workerFile(): URL {
  return import.meta.url.endsWith('.ts')
    ? new URL('../../dist/crossval/fold-thread.js', import.meta.url)
    : new URL('./fold-thread.js', import.meta.url);
}
