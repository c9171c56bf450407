/** A run while it trains, from the logs of its folds. */

import { type FoldState, foldStateOf } from '../../crossval/fold-states.js';
import { type FoldPlan, type FoldRecord, type RunFile, readFold } from '../../crossval/run-file.js';
import { FormatError } from '../../util/errors.js';
import type { LiveFold, LiveRun } from '../messages/live.js';
import { readableRun } from '../run-list/listing.js';
import { listingOf, type TableEntry } from '../run-list/run-table.js';

/** The present state. @throws LexelError for a broken run */
export function liveRun(entry: TableEntry): LiveRun {
  const run = readableRun(entry.glance);
  return { run: listingOf(entry), folds: run.folds.map((plan) => liveFold(entry.place.dir, run, plan)) };
}

/** A fold with a damaged log counts as failed, with the damage as its failure. */
export function liveFold(dir: string, run: RunFile, plan: FoldPlan): LiveFold {
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
    return { ...about, state: 'failed', points: [], imagesPerSecond: null, secondsPerEpoch: null, failure };
  }
  const { failed } = record;
  return {
    ...about,
    epochs: record.end?.epochs ?? run.config.epochs,
    state: foldStateOf(record),
    points: record.epochs.map(({ epoch, trainLoss, heldOut: { loss, skill, rank, hit1, hit5 } }) => ({
      ...{ epoch, trainLoss, loss, skill, rank, hit1, hit5 },
    })),
    imagesPerSecond: speedOf(record),
    secondsPerEpoch: record.epochs.at(-1)?.seconds || null,
    failure: failed && { message: failed.message, hint: failed.hint },
  };
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
