/** What processes tell each other through Redis: which experiments wait for workers, and what each worker does. */
import type { Redis } from 'ioredis';
import { FormatError } from '../util/errors.js';
import type * as z from '../util/zod.js';
import { PREFIX } from './fold-queue.js';
import {
  type Announced,
  announcedSchema,
  experimentIdSchema,
  type Presence,
  parseRecord,
  presenceSchema,
} from './records.js';

const EXPERIMENTS = `${PREFIX}:experiments`;
const WORKERS = `${PREFIX}:workers`;
const workerKey = (id: string) => `${PREFIX}:worker:${id}`;

/** Announces an experiment, so that workers look for its folds. */
export async function announce(redis: Redis, experiment: string, about: Announced): Promise<void> {
  await redis.hset(EXPERIMENTS, experiment, JSON.stringify(about));
}

export async function withdraw(redis: Redis, experiment: string): Promise<void> {
  await redis.hdel(EXPERIMENTS, experiment);
}

/** The announced experiments by id, the oldest first. Entries that are no announcements are left out. */
export async function announced(redis: Redis): Promise<Map<string, Announced>> {
  const entries = Object.entries(await redis.hgetall(EXPERIMENTS)).flatMap(([id, text]) => {
    const about = readable(text, announcedSchema);
    return about && experimentIdSchema.safeParse(id).success ? [[id, about] as const] : [];
  });
  return new Map(entries.sort(([, a], [, b]) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0)));
}

/** @param patience milliseconds after which a silent worker counts as gone */
export async function tellPresence(redis: Redis, presence: Presence, patience: number): Promise<void> {
  await redis
    .multi()
    .set(workerKey(presence.id), JSON.stringify(presence), 'PX', patience)
    .sadd(WORKERS, presence.id)
    .exec();
}

export async function leave(redis: Redis, id: string): Promise<void> {
  await redis.multi().del(workerKey(id)).srem(WORKERS, id).exec();
}

/** The workers that are there. */
export async function workersPresent(redis: Redis): Promise<Presence[]> {
  const ids = await redis.smembers(WORKERS);
  if (ids.length === 0) return [];
  const texts = await redis.mget(ids.map(workerKey));
  const gone = ids.filter((_, i) => texts[i] === null);
  if (gone.length > 0) await redis.srem(WORKERS, ...gone);
  return texts
    .flatMap((text) => (text === null ? [] : (readable(text, presenceSchema) ?? [])))
    .sort((a, b) => (a.host === b.host ? a.pid - b.pid : a.host < b.host ? -1 : 1));
}

function readable<T extends z.ZodType>(text: string, schema: T): z.infer<T> | null {
  try {
    return parseRecord('Redis', text, schema);
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    return null;
  }
}
