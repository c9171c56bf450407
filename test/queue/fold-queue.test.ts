import type { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FoldQueue, FoldTaker } from '../../src/queue/fold-queue.js';
import { mayPass } from '../../src/queue/may-pass.js';
import { connectRedis } from '../../src/queue/redis.js';
import { announced, workersPresent } from '../../src/queue/registry.js';
import { FormatError } from '../../src/util/errors.js';
import { hasRedis, type RedisServer, startRedis } from './redis-server.js';

const ID = '0123456789abcdef';

describe.skipIf(!hasRedis())('what others write into Redis', () => {
  let server: RedisServer;
  let redis: Redis;
  let queue: FoldQueue;
  let taker: FoldTaker;
  beforeAll(async () => {
    server = await startRedis();
    redis = await connectRedis({ url: server.url });
    queue = new FoldQueue(redis, ID);
    taker = new FoldTaker(redis, ID, 60_000);
  });
  afterAll(async () => {
    await queue.close();
    await taker.close();
    redis.disconnect();
    await server.close();
  });

  it.each([
    ['not JSON', '{'],
    ['no object', 'null'],
    ['no fold', '{}'],
    ['a fold that no key can name', '{"fold":""}'],
    ['a fold of another type', '{"fold":["a"]}'],
    ['nested too deeply', `{"fold":${'['.repeat(20_000)}${']'.repeat(20_000)}}`],
  ])('refuses a job whose data are %s, and goes on with the next', async (_, data) => {
    await queue.add(['bad']);
    const [key] = await redis.keys(`lexel:folds-${ID}:fold-bad*`);
    await redis.hset(key, 'data', data);
    await queue.add(['good']);
    await expect(taker.take()).rejects.toThrow(FormatError);
    const ticket = await taker.take();
    expect(ticket?.fold).toBe('good');
    await ticket?.done();
    expect(await taker.take()).toBeNull();
    await redis.flushall();
  });

  it('refuses a job with damaged options', async () => {
    await queue.add(['bad']);
    const [key] = await redis.keys(`lexel:folds-${ID}:fold-bad*`);
    await redis.hset(key, 'opts', 'null');
    await expect(taker.take()).rejects.toThrow(`queue folds-${ID}: has a damaged job`);
    await redis.flushall();
  });

  it('of another type than Lexel uses may pass', async () => {
    await redis.set('lexel:experiments', 'x');
    const error = await announced(redis).catch((error: unknown) => error);
    expect((error as Error).message).toContain('WRONGTYPE');
    expect(mayPass(error)).toBe(true);
    expect(mayPass(new TypeError('WRONGTYPE'))).toBe(false);
    await redis.flushall();
  });

  it('passes over announcements and workers that cannot be read', async () => {
    for (const text of ['', '{', '[]', '{"store":1,"run":"","time":""}'])
      await redis.hset('lexel:experiments', ID, text);
    await redis.hset('lexel:experiments', 'x', JSON.stringify({ store: 's', run: 'r', time: 't' }));
    await redis.sadd('lexel:workers', 'a', 'b');
    await redis.set('lexel:worker:a', '{"id":"a"}');
    await redis.set('lexel:worker:b', 'null');
    expect([...(await announced(redis))]).toEqual([]);
    expect(await workersPresent(redis)).toEqual([]);
  });
});
