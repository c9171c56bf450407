/** The connection to Redis or Valkey: address, password, and what to do while it is gone. */
import { Redis } from 'ioredis';
import { LexelError, UsageError } from '../util/errors.js';
import { withoutPassword } from '../util/secrets.js';
import { within } from './back-off.js';

/** Milliseconds for the first connection. */
const PATIENCE = 10_000;
/** The longest wait between two attempts to connect again. */
const SLOWEST_RETRY = 3000;

export interface RedisOptions {
  /** `redis://` or `rediss://` (TLS), with host, port and number of the database. */
  readonly url: string;
  /** Default: that of the URL, or else LEXEL_QUEUE_PASSWORD. */
  readonly password?: string;
  /** Called when the connection breaks, with the reason, and when it is there again (null). */
  readonly onTrouble?: (reason: string | null) => void;
}

/** @returns the address without user and password, for messages. @throws UsageError for another kind of address */
export function redisName(url: string): string {
  if (!/^rediss?:\/\/[^/]/.test(url) || !URL.canParse(url)) {
    throw new UsageError(
      `--queue ${withoutPassword(url)}: not the address of a Redis server`,
      'such as redis://host:6379/0, or rediss:// for TLS',
    );
  }
  const { protocol, host, pathname } = new URL(url);
  return `${protocol}//${host}${pathname === '/' ? '' : pathname}`;
}

/**
 * Connects, and connects again whenever the connection breaks; commands wait meanwhile.
 * @throws LexelError if the server does not answer or refuses the password
 */
export async function connectRedis({ url, password, onTrouble }: RedisOptions): Promise<Redis> {
  const name = redisName(url);
  const own = new URL(url).password === '' ? (password ?? process.env.LEXEL_QUEUE_PASSWORD) : undefined;
  let reason = '';
  const redis = new Redis(url, {
    lazyConnect: true,
    ...(own && { password: own }),
    maxRetriesPerRequest: null, // BullMQ requires it: commands wait for the server
    retryStrategy: (attempt) => Math.min(100 * 2 ** Math.min(attempt, 10), SLOWEST_RETRY),
    connectTimeout: PATIENCE,
  });
  redis.on('error', (error: Error) => {
    reason = problemOf(error);
    if (started) tell(reason);
  });
  let started = false;
  let told: string | null = null;
  const tell = (what: string | null) => {
    if ((what === null) === (told === null)) return;
    told = what;
    onTrouble?.(what);
  };
  redis.on('ready', () => started && tell(null));
  redis.on('reconnecting', () => started && tell(reason || 'the connection was closed'));
  const answer = await within(
    PATIENCE,
    redis.ping().catch((error: Error) => problemOf(error)),
  );
  if (answer !== 'PONG') {
    redis.disconnect();
    const problem = reason || answer || 'it does not answer';
    throw new LexelError(
      `${name}: ${problem}`,
      /NOAUTH|WRONGPASS/.test(`${problem} ${answer}`)
        ? 'set the password in LEXEL_QUEUE_PASSWORD, or in the address: redis://:password@host:6379'
        : 'check that the Redis server runs and that this machine reaches it',
    );
  }
  started = true;
  return redis;
}

/** A message without the address, which may contain a password. */
function problemOf(error: Error): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ECONNREFUSED') return 'nothing listens there (ECONNREFUSED)';
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return `there is no such host (${code})`;
  return withoutPassword(message);
}

/** What a user is told when the connection breaks, or is there again (null). */
export const troubleText = (url: string, reason: string | null): string =>
  reason === null ? 'The queue is there again.' : `${redisName(url)}: ${reason}; trying again`;
