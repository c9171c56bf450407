/**
 * The coordinator of an experiment: fills the queue, and writes the run directory as results arrive in the store. It
 * decides nothing: any number of coordinators may run, and none has to, once the queue is filled.
 */
import { ATTEMPTS } from '../crossval/attempts.js';
import type { Experiment, FoldFailure, RunnerOptions, RunOutcome } from '../crossval/index.js';
import { readFold, readRunFile } from '../crossval/run-file.js';
import { removeWorkersFile } from '../crossval/workers-file.js';
import { keptEpoch } from '../train/index.js';
import { LexelError } from '../util/errors.js';
import { BackOff, pause, within } from './back-off.js';
import { Collector } from './collector.js';
import { datasetToStore } from './dataset-object.js';
import { fill, type QueuePlace } from './fill.js';
import { LiveFolds } from './live-folds.js';
import type { WorkerName } from './records.js';
import { experimentId, StoredExperiment } from './stored-experiment.js';
import { haveSameBits } from './stored-fold.js';
import { StoreError } from './stores/store-error.js';

/** Milliseconds between looks at the store, or twenty times what it takes to list the results there. */
const LOOK = 1000;

/** Milliseconds between looks whether the queue has all the folds that the store lacks. */
const REFILL = 10_000;

/** Puts an experiment into the store, and into the queue what the store lacks. */
export async function submit(
  place: QueuePlace,
  dir: string,
  experiment: Experiment,
  options: { readonly attempts?: number; readonly storeData?: boolean } = {},
): Promise<StoredExperiment> {
  // By the file, which also names the targets: the same however often the directory is submitted.
  const stored = new StoredExperiment(place.store, experimentId(readRunFile(dir)));
  const folds = experiment.folds.map(({ id, heldOut }) => ({ id, heldOut: [...heldOut] }));
  await stored.publish(dir, { folds, attempts: options.attempts ?? ATTEMPTS });
  if (options.storeData) await datasetToStore(place.store, experiment.dataset);
  await fill(place, stored);
  return stored;
}

export interface FollowOptions
  extends Pick<RunnerOptions, 'signal' | 'onFinished' | 'onFailed' | 'onProgress'> {
  /** Tells the user something, in a line. */
  readonly onLine?: (line: string) => void;
}

/**
 * Writes a run directory as the results of its experiment arrive, until all folds are finished or given up.
 * @returns as of a local run; `stopped` if the signal is aborted
 * @throws LexelError if the experiment was cancelled, or the store can no longer be used
 */
export async function follow(
  place: QueuePlace,
  stored: StoredExperiment,
  dir: string,
  experiment: Experiment,
  { signal, onFinished, onFailed, onProgress, onLine }: FollowOptions,
): Promise<RunOutcome> {
  const folds = experiment.folds.map(({ id, heldOut }) => ({ id, heldOut: [...heldOut] }));
  const collector = new Collector(stored, dir, folds);
  const live = new LiveFolds(place.redis, stored, dir, experiment, collector);
  const over = new AbortController();
  const ended = signal ? AbortSignal.any([signal, over.signal]) : over.signal;
  const failed = new Map<string, FoldFailure>();
  const back = new BackOff(LOOK, 30_000);
  const collectAll = async () => {
    while (!ended.aborted) {
      try {
        for (const fold of await collector.collect()) {
          live.finished(fold.id);
          const { epochs, end } = readFold(dir, fold);
          const kept = end && keptEpoch(experiment.config, end);
          if (end)
            onFinished?.(
              fold,
              epochs.find(({ epoch }) => epoch === kept),
              end,
            );
        }
        for (const [fold, { message, hint }] of collector.poisoned) {
          if (failed.has(fold)) continue;
          const failure = { fold, message, hint };
          failed.set(fold, failure);
          live.gaveUp(fold);
          onFailed?.(failure);
        }
        for (const fold of failed.keys()) if (!collector.poisoned.has(fold)) failed.delete(fold);
        if (collector.done) return over.abort();
        if (await stored.isCancelled()) {
          throw new LexelError(
            `experiment ${stored.id} was cancelled`,
            'lexel queue retry lets workers go on with it',
          );
        }
        back.reset();
      } catch (error) {
        if (!(error instanceof StoreError && error.temporary)) throw error;
        onLine?.(error.message);
        await back.wait(ended);
      }
      await pause(Math.max(LOOK, 20 * collector.looked), ended);
    }
  };
  const keepFilled = async () => {
    while (!ended.aborted) {
      await pause(REFILL, ended);
      if (ended.aborted) return;
      try {
        await within(REFILL, fill(place, stored));
      } catch (error) {
        onLine?.((error as Error).message);
      }
    }
  };
  const show = async () => {
    while (!ended.aborted) {
      await live.look().catch(() => {}); // Redis or the store is gone; the other loops say so
      onProgress?.(live.progress());
      await pause(LOOK, ended);
    }
  };
  const stop = (error: unknown) => {
    over.abort();
    throw error;
  };
  try {
    const ends = await Promise.allSettled([collectAll().catch(stop), keepFilled(), show().catch(stop)]);
    const broken = ends.find((end) => end.status === 'rejected');
    if (broken) throw broken.reason;
  } finally {
    removeWorkersFile(dir);
  }
  onProgress?.(live.progress());
  if (collector.done) await within(2000, fill(place, stored)).catch(() => {}); // withdraws it
  return {
    finished: folds.map(({ id }) => id).filter((id) => !collector.missing.has(id)),
    failed: [...failed.values()],
    stopped: !collector.done,
  };
}

/**
 * Results that came twice with different bits: the fold, and the two workers.
 * @param folds ids of the folds that are looked at
 */
export async function mismatches(
  stored: StoredExperiment,
  folds: readonly string[],
): Promise<{ readonly fold: string; readonly first: WorkerName; readonly second: WorkerName }[]> {
  const found: { fold: string; first: WorkerName; second: WorkerName }[] = [];
  const duplicated = await stored.duplicated();
  for (const id of folds.filter((fold) => duplicated.has(fold))) {
    const stages = stored.fold(id);
    const [first, others] = await Promise.all([stages.result(), stages.duplicates()]);
    if (!first) continue;
    // By their files: the worker that had to compare them may have been killed before.
    for (const { worker, files } of others)
      if (!haveSameBits(first.files, files)) found.push({ fold: id, first: first.worker, second: worker });
  }
  return found;
}
