/** Fills the queue with what the store lacks. */
import type { Redis } from 'ioredis';
import { FoldQueue } from './fold-queue.js';
import { announce, announced, withdraw } from './registry.js';
import type { StoredExperiment } from './stored-experiment.js';
import type { ObjectStore } from './stores/object-store.js';

export interface QueuePlace {
  readonly redis: Redis;
  readonly store: ObjectStore;
}

/**
 * Queues the folds that the store lacks, and announces the experiment, as often as somebody likes: a fold is queued once.
 * @returns the number of folds that are not finished
 */
export async function fill({ redis, store }: QueuePlace, stored: StoredExperiment): Promise<number> {
  const queue = new FoldQueue(redis, stored.id);
  let lacking: string[];
  try {
    // Counted before the results are listed: folds that are finished meanwhile leave the queue, and are not lacking.
    const { waiting, handedOut } = await queue.counts();
    const { folds } = await stored.plan();
    const [committed, given] = await Promise.all([stored.committed(), stored.givenUp()]);
    lacking = folds.map(({ id }) => id).filter((id) => !committed.has(id) && !given.has(id));
    if (waiting + handedOut < lacking.length) await queue.add(lacking);
    if (lacking.length === 0 && waiting > 0) await queue.clear(); // delivered twice, and finished
  } finally {
    await queue.close();
  }
  if (lacking.length === 0) {
    await withdraw(redis, stored.id);
  } else if (!(await announced(redis)).has(stored.id)) {
    const { command } = await stored.run();
    await announce(redis, stored.id, { store: store.name, run: command, time: new Date().toISOString() });
  }
  return lacking.length;
}
