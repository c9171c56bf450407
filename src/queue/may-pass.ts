/** Errors after which a worker waits and goes on. */
import { ReplyError } from 'ioredis';
import { LexelError } from '../util/errors.js';
import { StoreError } from './stores/store-error.js';

/**
 * Whether an error may pass: a store that does not answer, a full disk, or a Redis server that refuses: it is loading,
 * full, a replica since a moment ago, or others changed what is in it.
 */
export function mayPass(error: unknown): boolean {
  if (error instanceof StoreError) return error.temporary;
  return error instanceof ReplyError || (error instanceof LexelError && error.code === 'LEXEL_SYSTEM');
}
