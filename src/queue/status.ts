/** Where the experiments of a queue stand, and what a user can do about it. */

import { fill, type QueuePlace } from './fill.js';
import { FoldQueue } from './fold-queue.js';
import type { Poisoned, Presence } from './records.js';
import { workersPresent } from './registry.js';
import { StoredExperiment } from './stored-experiment.js';

export interface ExperimentStatus {
  readonly id: string;
  /** The command that began it. */
  readonly command: string;
  readonly folds: number;
  readonly finished: number;
  readonly poisoned: readonly Poisoned[];
  /** Folds that a worker trains now. */
  readonly training: number;
  /** Folds in the queue that nobody trains: not handed out yet, before another attempt, or at a worker that has died. */
  readonly waiting: number;
  readonly state: 'open' | 'draining' | 'cancelled' | 'finished';
}

export interface QueueStatus {
  readonly experiments: readonly ExperimentStatus[];
  readonly workers: readonly Presence[];
}

/** All experiments of a store, with what the queue has of them. */
export async function queueStatus(place: QueuePlace): Promise<QueueStatus> {
  const experiments: ExperimentStatus[] = [];
  const workers = await workersPresent(place.redis);
  for (const stored of await StoredExperiment.all(place.store))
    experiments.push(await statusOf(place, stored, workers));
  return { experiments, workers };
}

async function statusOf(
  { redis }: QueuePlace,
  stored: StoredExperiment,
  workers: readonly Presence[],
): Promise<ExperimentStatus> {
  const queue = new FoldQueue(redis, stored.id);
  try {
    const [{ command }, { folds }, committed, poisoned, queued, paused, cancelled] = await Promise.all([
      stored.run(),
      stored.plan(),
      stored.committed(),
      stored.poisoned(),
      queue.counts(),
      queue.isPaused(),
      stored.isCancelled(),
    ]);
    const finished = folds.filter(({ id }) => committed.has(id)).length;
    const over = finished === folds.length;
    const state = over ? 'finished' : cancelled ? 'cancelled' : paused ? 'draining' : 'open';
    const trained = workers.flatMap((worker) =>
      worker.folds.filter(({ experiment }) => experiment === stored.id),
    );
    const training = Math.min(queued.handedOut, new Set(trained.map(({ fold }) => fold)).size);
    const waiting = queued.waiting + queued.handedOut - training;
    return { id: stored.id, command, folds: folds.length, finished, poisoned, training, waiting, state };
  } finally {
    await queue.close();
  }
}

/** What `lexel queue` does to an experiment. */
export const QUEUE_ACTIONS = {
  /** Hands out no more folds; those in training are finished. */
  async drain({ redis }: QueuePlace, stored: StoredExperiment): Promise<void> {
    const queue = new FoldQueue(redis, stored.id);
    await queue.pause().finally(() => queue.close());
  },
  /** Hands out no more folds, and stops those in training. */
  async cancel({ redis }: QueuePlace, stored: StoredExperiment): Promise<void> {
    await stored.cancel();
    const queue = new FoldQueue(redis, stored.id);
    await queue.clear().finally(() => queue.close());
  },
  /** Takes back `drain` and `cancel`, and queues folds again that failed too often. */
  async retry(place: QueuePlace, stored: StoredExperiment): Promise<void> {
    await stored.uncancel();
    for (const { fold } of await stored.poisoned()) await stored.fold(fold).forgive();
    const queue = new FoldQueue(place.redis, stored.id);
    await queue.resume().finally(() => queue.close());
    await fill(place, stored);
  },
} as const;
export type QueueAction = keyof typeof QUEUE_ACTIONS;
