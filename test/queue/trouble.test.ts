/** What workers do when the queue, the disk or the clock is not as it should be. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { createRunDirectory, type Experiment } from '../../src/crossval/index.js';
import { submit } from '../../src/queue/coordinator.js';
import { fill, type QueuePlace } from '../../src/queue/fill.js';
import { FoldQueue, FoldTaker } from '../../src/queue/fold-queue.js';
import { connectRedis } from '../../src/queue/redis.js';
import { queueStatus } from '../../src/queue/status.js';
import type { StoredExperiment } from '../../src/queue/stored-experiment.js';
import { openStore } from '../../src/queue/stores/open-store.js';
import { type QueueWorkerOptions, runQueueWorker } from '../../src/queue/worker.js';
import { smallDisk, unmountAll } from '../disks.js';
import { hasRedis, type RedisServer, startRedis } from './redis-server.js';
import { tinyExperiment, writeTinyData } from './tiny-experiment.js';

const root = mkdtempSync(join(tmpdir(), 'lexel-trouble-'));
afterAll(() => {
  unmountAll();
  rmSync(root, { recursive: true, force: true });
});

describe.skipIf(!hasRedis())('in trouble', () => {
  let server: RedisServer;
  let redis: Redis;
  let experiment: Experiment;
  let cases = 0;
  const children: ChildProcess[] = [];

  beforeAll(async () => {
    server = await startRedis();
    redis = await connectRedis({ url: server.url });
    await writeTinyData(root);
    experiment = await tinyExperiment(root);
  });
  afterEach(() => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
  });
  afterAll(async () => {
    redis?.disconnect();
    await server?.close();
  });

  async function begin(
    of = experiment,
  ): Promise<{ place: QueuePlace; store: string; stored: StoredExperiment }> {
    await redis.flushall();
    const store = join(root, `store-${cases}`);
    const dir = join(root, `run-${cases++}`);
    const place = { redis, store: await openStore(store, { make: true }) };
    createRunDirectory(dir, of);
    return { place, store, stored: await submit(place, dir, of) };
  }

  const work = (store: string, more: Partial<QueueWorkerOptions> = {}) =>
    runQueueWorker({ queue: server.url, store, cores: 1, lockTime: 2, idle: 1, ...more });

  it('a fold that is put back for a moment comes back, whatever the clocks say', async () => {
    await redis.flushall();
    const queue = new FoldQueue(redis, '0123456789abcdef');
    const [ahead, right] = [0, 1].map(() => new FoldTaker(redis, '0123456789abcdef', 2000));
    await queue.add(['a fold', 'another']);
    const first = await ahead.take();
    const second = await ahead.take();
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 5 * 3600 * 1000 });
    try {
      await first?.putBack(300);
      await second?.putBack(60_000);
    } finally {
      vi.useRealTimers();
    }
    expect(await right.take()).toBeNull();
    await expect.poll(async () => (await right.take())?.fold, { timeout: 5000 }).toBe(first?.fold);
    // It is kept for longer than its lock lasts, and put back at once when the worker ends.
    await sleep(1500);
    expect(await right.take()).toBeNull();
    await ahead.close();
    expect((await right.take())?.fold).toBe(second?.fold);
    await Promise.all([right.close(), queue.close()]);
  });

  it('a fold that was delivered twice does not stay in the queue when all are finished', async () => {
    const { place, store, stored } = await begin();
    expect(await work(store)).toMatchObject({ finished: 4 });
    const queue = new FoldQueue(redis, stored.id);
    await queue.add(['class-00']);
    await queue.close();
    expect(await fill(place, stored)).toBe(0);
    expect(await queueStatus(place)).toMatchObject({ experiments: [{ waiting: 0 }] });
  });

  it('a worker waits while Redis refuses commands', async () => {
    const { store } = await begin();
    const lines: string[] = [];
    await redis.config('SET', 'maxmemory', '1');
    const working = work(store, { onLine: (line) => lines.push(line), idle: 8 });
    await expect.poll(() => lines.join('\n'), { timeout: 20_000 }).toMatch(/waiting: OOM/);
    await redis.config('SET', 'maxmemory', '0');
    expect(await working).toMatchObject({ finished: 4 });
  });

  it('a worker waits while its disk is full, also at the start', async (context) => {
    const disk = smallDisk(root);
    if (!disk) return context.skip();
    const { store } = await begin({ ...experiment, folds: experiment.folds.slice(0, 1) });
    const { bavail, bsize } = statfsSync(disk);
    writeFileSync(join(disk, 'ballast'), Buffer.alloc(bavail * bsize));
    const lines: string[] = [];
    const working = work(store, { scratch: disk, onLine: (line) => lines.push(line), idle: 8 });
    await expect.poll(() => lines.join('\n'), { timeout: 20_000 }).toMatch(/waiting: .*the disk is full/);
    rmSync(join(disk, 'ballast'));
    expect(await working).toMatchObject({ finished: 1, refused: new Map() });
  });

  it('a worker ends within ten seconds when it is asked to, while Redis hangs', async () => {
    const { place, store, stored } = await begin(await tinyExperiment(root, { epochs: 400 }));
    const own = await startRedis();
    try {
      const at = ['--queue', own.url, '--store', store];
      const other = await connectRedis({ url: own.url });
      await fill({ ...place, redis: other }, stored);
      const child = spawn(process.execPath, [resolve('bin/lexel.js'), 'worker', ...at, '--cores', '1']);
      children.push(child);
      let out = '';
      child.stdout.on('data', (text) => {
        out += text;
      });
      await expect.poll(() => out, { timeout: 30_000 }).toContain(': training');
      other.disconnect();
      own.hang();
      const start = performance.now();
      child.kill('SIGTERM');
      const [code] = await once(child, 'exit');
      expect(performance.now() - start).toBeLessThan(10_000);
      expect(code).toBe(130);
    } finally {
      await own.close();
    }
  });
});
