/** A worker: trains folds from the queue, one a core, until it is stopped. */
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { type TrainClaim, trainClaims } from '../crossval/train-claims.js';
import type { BackendChoice } from '../engine/index.js';
import { removeFolder, temporaryFolder } from '../formats/temporary.js';
import { usableCores } from '../util/machine.js';
import { makeFolder } from '../util/make-folder.js';
import { BackOff, within } from './back-off.js';
import { PresenceBoard } from './presence-board.js';
import type { QueueClaim } from './queue-claim.js';
import { QueueSource } from './queue-source.js';
import type { WorkerName } from './records.js';
import { connectRedis, troubleText } from './redis.js';
import type { ObjectStore } from './stores/object-store.js';
import { openStore } from './stores/open-store.js';
import { StoreError } from './stores/store-error.js';
import type { WorkerContext } from './worker-context.js';

/** Seconds after which the fold of a dead worker goes on elsewhere, at the latest. */
export const LOCK_TIME = 120;

export interface QueueWorkerOptions {
  /** Address of Redis. */
  readonly queue: string;
  /** Folder or `s3://bucket/prefix`. */
  readonly store: string;
  /** Folds trained at once; default one per core. */
  readonly cores?: number;
  readonly dataDir?: string;
  readonly backend?: BackendChoice;
  /** Seconds; default {@link LOCK_TIME}. */
  readonly lockTime?: number;
  /** Seconds without a fold after which the worker ends; default: never. */
  readonly idle?: number;
  /** A folder for the files of folds in training; default one in the system's folder for temporary files. */
  readonly scratch?: string;
  /** Aborting stops the folds before their next step; their last checkpoints go to the store, and others go on. */
  readonly signal?: AbortSignal;
  readonly onLine?: (line: string) => void;
  /** Trains a fold; default: in a thread of its own. */
  readonly train?: TrainClaim<QueueClaim>;
}

export interface QueueWorkerOutcome {
  /** Folds that this worker finished. */
  readonly finished: number;
  /** Ids of folds that failed too often, the last time here. */
  readonly poisoned: readonly string[];
  /** A line for each result with other bits than another worker's. */
  readonly mismatches: readonly string[];
  /** Why announced experiments were not trained here, by their id. */
  readonly refused: ReadonlyMap<string, string>;
}

/**
 * Trains folds of all experiments that are announced in a queue, and whose data, words and engine are at hand.
 * @throws LexelError if the queue or the store cannot be reached at the start, or the store can no longer be used
 */
export async function runQueueWorker(options: QueueWorkerOptions): Promise<QueueWorkerOutcome> {
  const { lockTime = LOCK_TIME, idle, onLine = () => {}, signal } = options;
  const store = await storeWhenThere(options);
  const redis = await connectRedis({
    url: options.queue,
    onTrouble: (reason) => onLine(troubleText(options.queue, reason)),
  });
  if (options.scratch) makeFolder(options.scratch);
  const scratch = temporaryFolder('lexel-worker', options.scratch);
  const name: WorkerName = { id: randomUUID().slice(0, 8), host: hostname(), pid: process.pid };
  const cores = options.cores ?? usableCores();
  const context: WorkerContext = {
    ...{ redis, store, name, scratch },
    lockTime: 1000 * lockTime,
    ...(options.dataDir !== undefined && { dataDir: options.dataDir }),
    ...(options.backend !== undefined && { backend: options.backend }),
    tell: onLine,
  };
  const source = new QueueSource(context, idle === undefined ? {} : { idle: 1000 * idle });
  const presence = new PresenceBoard(context, cores);
  try {
    await trainClaims(source, {
      workers: cores,
      threads: 1,
      signal,
      train: options.train,
      onBegin: (claim, flags) => presence.begin(claim, flags),
      onEvent(claim, event) {
        presence.event(claim, event);
        if (event.type === 'warning') onLine(`${claim.fold.id}: ${event.message}`);
      },
      onFinished: (claim) => onLine(`${claim.fold.id}: finished`),
      onOutcome(claim) {
        presence.end(claim);
        source.noteWork();
      },
    });
  } finally {
    await Promise.all([presence.close(), within(2000, source.experiments.close())]);
    redis.disconnect();
    await removeFolder(scratch);
  }
  const { finished, poisoned, mismatches } = source.tally;
  return { finished, poisoned, mismatches, refused: source.experiments.refused };
}

/** Opens the store; a worker may be started before it, or before its network. */
async function storeWhenThere({
  store,
  signal,
  onLine = () => {},
}: QueueWorkerOptions): Promise<ObjectStore> {
  const back = new BackOff(1000, 30_000);
  let told = '';
  for (;;) {
    try {
      return await openStore(store);
    } catch (error) {
      if (!(error instanceof StoreError && error.temporary) || signal?.aborted) throw error;
      if (error.message !== told) onLine(`Waiting: ${error.message}${error.hint ? ` (${error.hint})` : ''}`);
      told = error.message;
      await back.wait(signal);
    }
  }
}
