/** A run while it trains, from the logs of its folds and from what workers on other machines do. */

import { type FoldState, foldStateOf } from '../../crossval/fold-states.js';
import { type FoldPlan, type FoldRecord, type RunFile, readFold } from '../../crossval/run-file.js';
import { type RunWorker, type TrainedBy, trainedBy } from '../../crossval/workers-file.js';
import { FormatError } from '../../util/errors.js';
import { meanOfNumbers } from '../../util/metrics.js';
import type { LiveFold, LiveRun, LiveWorker } from '../messages/live.js';
import { readableRun } from '../run-list/listing.js';
import { listingOf, type TableEntry } from '../run-list/run-table.js';

/** The present state. @throws LexelError for a broken run */
export function liveRun(entry: TableEntry): LiveRun {
  const { glance, place } = entry;
  const run = readableRun(glance);
  const by = trainedBy(glance.workers);
  return {
    run: listingOf(entry),
    folds: run.folds.map((plan) => liveFold(place.dir, run, plan, by.get(plan.id))),
    workers: liveWorkers(glance.workers),
  };
}

export function liveWorkers(workers: readonly RunWorker[]): LiveWorker[] {
  return workers.map(({ folds, ...worker }) => ({
    ...worker,
    folds: folds.map(({ imagesPerSecond, ...fold }) => ({
      ...fold,
      imagesPerSecond: imagesPerSecond || null,
    })),
  }));
}

/**
 * A fold with a damaged log counts as failed, with the damage as its failure.
 * @param remote the worker on another machine that trains it
 */
export function liveFold(dir: string, run: RunFile, plan: FoldPlan, remote: TrainedBy | undefined): LiveFold {
  const about = {
    id: plan.id,
    heldOut: plan.heldOut.map((c) => run.dataset.classes[c]),
    epochs: run.config.epochs,
  };
  let record: FoldRecord;
  try {
    record = readFold(dir, plan);
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    const failure = { message: error.problem, hint: error.hint };
    const none = { points: [], meanVectorLoss: null, imagesPerSecond: null, secondsPerEpoch: null };
    return { ...about, ...none, state: 'failed', worker: null, failure };
  }
  const { failed } = record;
  const state = foldStateOf(record, remote !== undefined);
  const by = state === 'elsewhere' ? remote : undefined;
  return {
    ...about,
    epochs: record.end?.epochs ?? run.config.epochs,
    state,
    worker: by ? { host: by.worker.host, pid: by.worker.pid } : null,
    points: record.epochs.map(({ epoch, trainLoss, heldOut: { loss, skill, rank, hit1, hit5 } }) => ({
      ...{ epoch, trainLoss, loss, skill, rank, hit1, hit5 },
    })),
    meanVectorLoss: meanVectorLossOf(record),
    // A worker's log comes with its checkpoints only.
    imagesPerSecond: by?.fold.imagesPerSecond || speedOf(record),
    secondsPerEpoch: record.epochs.at(-1)?.seconds || null,
    failure: failed && { message: failed.message, hint: failed.hint },
  };
}

/**
 * The mean-vector loss of the held-out classes (docs/DEFINITIONS.md), from their losses and skills: skill = 1 − loss / Lm,
 * whatever loss the recipe trains with. Archived records of folds that hold out several classes have no skills.
 */
function meanVectorLossOf({ epochs }: FoldRecord): number | null {
  const losses = (epochs[0]?.classes ?? []).map((_, i) => {
    // A skill of 0 or 1 tells nothing if the vector equals the mean, or the answer the vector.
    const telling = epochs.map(({ classes }) => classes[i]).find(({ skill }) => skill !== 0 && skill !== 1);
    const { loss = null, skill = null } = telling ?? {};
    return loss === null || skill === null ? Number.NaN : loss / (1 - skill);
  });
  const mean = meanOfNumbers(losses);
  return losses.includes(Number.NaN) || Number.isNaN(mean) ? null : mean;
}

/** Of the last epoch; of the whole training for a finished fold. */
function speedOf({ end, epochs }: FoldRecord): number | null {
  if (end) return end.imagesPerSecond;
  const last = epochs.at(-1);
  return last && last.seconds > 0 ? last.images / last.seconds : null;
}

const TRAINS: ReadonlySet<FoldState> = new Set(['training', 'elsewhere']);

/** Speed over all workers and the time left; null if nothing trains, or before the first epoch. */
export function paceOf(folds: readonly LiveFold[]): {
  imagesPerSecond: number | null;
  secondsLeft: number | null;
} {
  const training = folds.filter(({ state }) => TRAINS.has(state));
  const speed = meanOf(training.map(({ imagesPerSecond }) => imagesPerSecond));
  const seconds = meanOf(training.map(({ secondsPerEpoch }) => secondsPerEpoch));
  if (speed === null || seconds === null) return { imagesPerSecond: null, secondsLeft: null };
  const left = folds.reduce((sum, fold) => sum + epochsLeft(fold), 0);
  return { imagesPerSecond: speed * training.length, secondsLeft: (left * seconds) / training.length };
}

/** Folds that have not trained an epoch yet count as the mean of the others. */
function meanOf(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length > 0 ? known.reduce((sum, value) => sum + value, 0) / known.length : null;
}

function epochsLeft({ state, epochs, points }: LiveFold): number {
  return state === 'finished' || state === 'failed' ? 0 : epochs - (points.at(-1)?.epoch ?? 0);
}
