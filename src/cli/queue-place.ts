/** `--queue` and `--store`, and what they name. */

import type { Command } from 'commander';
import type { QueuePlace } from '../queue/index.js';
import { UsageError } from '../util/errors.js';
import { printError } from './terminal.js';

export interface PlaceFlags {
  queue?: string;
  store?: string;
}

/** Adds the two options; both can also come from the environment. */
export function withPlace(command: Command): Command {
  return command
    .option('--queue <url>', 'the queue: redis://host:6379/0, or rediss:// for TLS (default: LEXEL_QUEUE)')
    .option('--store <place>', 'the store: a shared folder, or s3://bucket/prefix (default: LEXEL_STORE)');
}

/** @throws UsageError if it is given neither as an option nor in the environment */
export function storeOf({ store = process.env.LEXEL_STORE }: PlaceFlags): string {
  if (store) return store;
  throw new UsageError('--store is missing', 'give a folder that all machines share, or s3://bucket/prefix');
}

/** @throws UsageError if it is given neither as an option nor in the environment */
export function queueOf({ queue = process.env.LEXEL_QUEUE }: PlaceFlags): string {
  if (queue) return queue;
  throw new UsageError(
    '--queue is missing',
    'give the address of a Redis server, such as redis://host:6379/0',
  );
}

/** Connects to the queue and the store, and disconnects after `work`. */
export async function atPlace<T>(flags: PlaceFlags, work: (place: QueuePlace) => Promise<T>): Promise<T> {
  const { connectRedis, openStore, troubleText } = await import('../queue/index.js');
  const url = queueOf(flags);
  const store = await openStore(storeOf(flags), { make: true });
  const redis = await connectRedis({
    url,
    onTrouble: (reason) => printError(`${reason === null ? '' : 'lexel: '}${troubleText(url, reason)}`),
  });
  try {
    return await work({ redis, store });
  } finally {
    redis.disconnect();
  }
}
