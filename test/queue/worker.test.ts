import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  beginOrJoin,
  createRunDirectory,
  type Experiment,
  readRunFile,
  runFolds,
} from '../../src/crossval/index.js';
import { workersOf } from '../../src/crossval/workers-file.js';
import { experimentFor, openRunDirectory } from '../../src/queue/collect.js';
import { follow, submit } from '../../src/queue/coordinator.js';
import { fill, type QueuePlace } from '../../src/queue/fill.js';
import { FoldTaker } from '../../src/queue/fold-queue.js';
import { connectRedis } from '../../src/queue/redis.js';
import { announced } from '../../src/queue/registry.js';
import { QUEUE_ACTIONS, queueStatus } from '../../src/queue/status.js';
import type { StoredExperiment } from '../../src/queue/stored-experiment.js';
import { openStore } from '../../src/queue/stores/open-store.js';
import { type QueueWorkerOptions, runQueueWorker } from '../../src/queue/worker.js';
import { hasRedis, type RedisServer, startRedis } from './redis-server.js';
import { startS3Server } from './stores/s3-server.js';
import { resultBytes, tinyExperiment, writeTinyData } from './tiny-experiment.js';

const root = mkdtempSync(join(tmpdir(), 'lexel-queue-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

describe.skipIf(!hasRedis())('workers', () => {
  let server: RedisServer;
  let redis: Redis;
  let experiment: Experiment;
  let local: Map<string, Buffer>;
  let cases = 0;

  beforeAll(async () => {
    server = await startRedis();
    redis = await connectRedis({ url: server.url });
    await writeTinyData(root);
    experiment = await tinyExperiment(root);
    const dir = join(root, 'local');
    createRunDirectory(dir, experiment);
    await runFolds(dir, experiment, { workers: 2 });
    local = resultBytes(dir);
    expect(local.size).toBe(8);
  });
  afterAll(async () => {
    redis?.disconnect();
    await server?.close();
  });

  /** A store of its own, and a run directory with the experiment in the queue. */
  async function begin(
    of = experiment,
    options = {},
  ): Promise<{ place: QueuePlace; dir: string; store: string; stored: StoredExperiment }> {
    await redis.flushall();
    const store = join(root, `store-${cases}`);
    const dir = join(root, `run-${cases++}`);
    const place = { redis, store: await openStore(store, { make: true }) };
    createRunDirectory(dir, of);
    return { place, dir, store, stored: await submit(place, dir, of, options) };
  }

  const work = (store: string, more: Partial<QueueWorkerOptions> = {}) =>
    runQueueWorker({ queue: server.url, store, cores: 2, lockTime: 2, idle: 1, ...more });

  it('train to the bits of a local run, which arrive in the run directory', async () => {
    const { place, dir, store, stored } = await begin();
    expect(await queueStatus(place)).toMatchObject({
      experiments: [{ folds: 4, finished: 0, state: 'open', training: 0, waiting: 4 }],
    });
    const arrived: string[] = [];
    const [outcome, worker] = await Promise.all([
      follow(place, stored, dir, experiment, {
        onFinished: ({ id }, kept) => arrived.push(`${id} ${kept?.epoch}`),
      }),
      work(store),
    ]);
    expect(outcome).toMatchObject({ failed: [], stopped: false });
    expect(outcome.finished.length).toBe(4);
    expect(arrived.sort()).toEqual(['class-00 3', 'class-01 3', 'class-02 3', 'class-03 3']);
    expect(worker).toMatchObject({ finished: 4, poisoned: [], mismatches: [] });
    expect(resultBytes(dir)).toEqual(local);
    expect(await announced(redis)).toEqual(new Map());
    expect(workersOf(dir)).toEqual([]);
    expect(readdirSync(dir).sort()).toEqual(['folds', 'run.json', 'targets.npy']);
    expect(await queueStatus(place)).toMatchObject({
      experiments: [{ finished: 4, state: 'finished' }],
      workers: [],
    });

    // The same directory, later and elsewhere.
    const other = `${dir}-collected`;
    const collector = await openRunDirectory(await experimentFor(place.store, other), other);
    await collector.collect();
    expect(collector.missing.size).toBe(0);
    expect(resultBytes(other)).toEqual(local);
    expect(readRunFile(other)).toEqual(readRunFile(dir));
  });

  it('know an experiment again that is submitted from its run directory', async () => {
    const { place, dir, stored } = await begin();
    const { experiment: joined } = await beginOrJoin(dir, experiment);
    expect((await submit(place, dir, joined)).id).toBe(stored.id);
    expect((await experimentFor(place.store, dir)).id).toBe(stored.id);
  });

  it('that are stopped give folds back, and others go on from the checkpoints', async () => {
    const { place, dir, store, stored } = await begin(await tinyExperiment(root, { epochs: 60 }));
    const stop = new AbortController();
    const lines: string[] = [];
    const first = work(store, { signal: stop.signal, idle: undefined, onLine: (line) => lines.push(line) });
    await expect
      .poll(
        async () =>
          (await queueStatus(place)).workers.flatMap(({ folds }) => folds).filter(({ epoch }) => epoch > 0)
            .length,
      )
      .toBe(2);
    const start = performance.now();
    stop.abort();
    await first;
    expect(performance.now() - start).toBeLessThan(10_000);
    expect(lines.filter((line) => /given back after epoch \d/.test(line)).length).toBe(2);
    expect(await queueStatus(place)).toMatchObject({
      experiments: [{ training: 0, waiting: 4 }],
      workers: [],
    });
    const second = await work(store, { onLine: (line) => lines.push(line) });
    expect(second.finished).toBe(4);
    expect(lines.filter((line) => /training, from epoch \d/.test(line)).length).toBe(2);
    const collector = await openRunDirectory(stored, dir);
    await collector.collect();
    const straight = join(root, 'straight');
    const long = await tinyExperiment(root, { epochs: 60 });
    createRunDirectory(straight, long);
    await runFolds(straight, long, { workers: 2 });
    expect(resultBytes(dir)).toEqual(resultBytes(straight));
  });

  it('list a fold that fails as poisoned after its attempts, until it is retried', async () => {
    const broken = await tinyExperiment(root);
    // A learning rate at which the loss soon is no number.
    const config = { ...broken.config, learningRate: 1e30, clip: 0 };
    const of = { ...broken, config, run: { ...broken.run, config: { ...broken.run.config, ...config } } };
    const { place, dir, store, stored } = await begin(
      { ...of, folds: of.folds.slice(0, 1) },
      { attempts: 2 },
    );
    const lines: string[] = [];
    const [outcome, worker] = await Promise.all([
      follow(place, stored, dir, { ...of, folds: of.folds.slice(0, 1) }, {}),
      work(store, { onLine: (line) => lines.push(line) }),
    ]);
    expect(worker.poisoned).toEqual(['class-00']);
    expect(outcome).toMatchObject({ finished: [], stopped: false, failed: [{ fold: 'class-00' }] });
    expect(lines.filter((line) => line.includes('attempt 1 of 2')).length).toBe(1);
    expect(lines.filter((line) => line.includes('failed 2 times, not tried again')).length).toBe(1);
    expect(await fill(place, stored)).toBe(0);
    await QUEUE_ACTIONS.retry(place, stored);
    expect(await queueStatus(place)).toMatchObject({
      experiments: [{ poisoned: [], waiting: 1 }],
    });
  });

  it('count as training what they train, not what rests before another attempt', async () => {
    const { place, stored } = await begin();
    const taker = new FoldTaker(redis, stored.id, 2000);
    const ticket = await taker.take();
    await ticket?.putBack(60_000);
    expect(await queueStatus(place)).toMatchObject({ experiments: [{ training: 0, waiting: 4 }] });
    await taker.close();
  });

  it('refuse an experiment of other images, another order of images, another version or build', async () => {
    const { place, store, stored } = await begin();
    const run = await stored.run();
    const refusals: string[] = [];
    const refusedFor = async (changes: object) => {
      await place.store.put(stored.key('run.json'), Buffer.from(JSON.stringify({ ...run, ...changes })));
      const { refused, finished } = await work(store, { idle: 0.2, onLine: (line) => refusals.push(line) });
      expect(finished).toBe(0);
      return refused.get(stored.id);
    };
    expect(await refusedFor({ dataset: { ...run.dataset, hash: 'f'.repeat(32) } })).toContain(
      'these are not the images',
    );
    expect(await refusedFor({ dataset: { ...run.dataset, orderedHash: 'f'.repeat(32) } })).toContain(
      'in another order',
    );
    expect(await refusedFor({ lexel: '0.0.1' })).toContain('Lexel 0.0.1');
    expect(await refusedFor({ build: 'another' })).toContain('would differ in its last bits');
    expect(await refusedFor({ isa: 'another' })).toContain('would differ in its last bits');
    expect(await refusedFor({ normalisation: 'data set' })).toContain('other normalisation (data set)');
    expect(await refusedFor({ seed: 12 })).toContain('other settings');
    await place.store.put(stored.key('targets.npy'), readFileSync(join(root, 'words.txt')));
    expect(await refusedFor({})).toContain('targets.npy');
    expect(refusals.every((line) => line.startsWith(`Not trained here: experiment ${stored.id}`))).toBe(true);
    expect(await stored.committed()).toEqual(new Set());
  });

  it('take the images from the store if they have none', async () => {
    const { store, dir, stored } = await begin(experiment, { storeData: true });
    const images = join(root, 'images');
    renameSync(images, `${images}-away`);
    try {
      expect(await work(store)).toMatchObject({ finished: 4 });
    } finally {
      renameSync(`${images}-away`, images);
    }
    const collector = await openRunDirectory(stored, dir);
    await collector.collect();
    expect(resultBytes(dir)).toEqual(local);
  });

  it('train to the same bits through S3, also if its answers fail now and then', async () => {
    const s3 = await startS3Server();
    const before = { ...process.env };
    Object.assign(process.env, s3.env);
    try {
      let requests = 0;
      s3.faults = () =>
        ++requests % 7 === 0 ? { kind: 'answer', status: 503, code: 'SlowDown' } : undefined;
      await redis.flushall();
      const where = 's3://folds/lab';
      const dir = join(root, 'run-s3');
      const place = { redis, store: await openStore(where) };
      createRunDirectory(dir, experiment);
      const stored = await submit(place, dir, experiment);
      const [outcome, worker] = await Promise.all([
        follow(place, stored, dir, experiment, {}),
        work(where, { idle: 3 }),
      ]);
      expect(outcome).toMatchObject({ failed: [], stopped: false });
      expect(worker).toMatchObject({ finished: 4, mismatches: [] });
      expect(resultBytes(dir)).toEqual(local);
    } finally {
      for (const name of Object.keys(s3.env)) {
        if (before[name] === undefined) delete process.env[name];
        else process.env[name] = before[name];
      }
      await s3.close();
    }
  });

  it('without the images refuse the experiment, and say what would help', async () => {
    const { store, stored } = await begin();
    const images = join(root, 'images');
    renameSync(images, `${images}-away`);
    try {
      const { refused } = await work(store, { idle: 0.2 });
      expect(refused.get(stored.id)).toContain(images);
    } finally {
      renameSync(`${images}-away`, images);
    }
  });

  it('go on after the queue lost everything', async () => {
    const { place, dir, store, stored } = await begin(await tinyExperiment(root, { epochs: 40 }));
    const working = work(store, { idle: 4 });
    await expect.poll(async () => (await queueStatus(place)).experiments[0].training).toBe(2);
    await redis.flushall();
    // Nobody but the workers fills the queue again.
    expect((await working).finished).toBe(4);
    const collector = await openRunDirectory(stored, dir);
    await collector.collect();
    expect(collector.missing.size).toBe(0);
    for (const id of collector.ids) {
      expect((await stored.fold(id).duplicates()).every(({ equal }) => equal)).toBe(true);
    }
  });

  it('wait while the server is gone, and go on', async () => {
    const own = await startRedis();
    const client = await connectRedis({ url: own.url });
    const store = join(root, 'store-restart');
    const dir = join(root, 'run-restart');
    const place = { redis: client, store: await openStore(store, { make: true }) };
    const of = await tinyExperiment(root, { epochs: 40 });
    createRunDirectory(dir, of);
    const stored = await submit(place, dir, of);
    const lines: string[] = [];
    const working = work(store, { queue: own.url, idle: 6, onLine: (line) => lines.push(line) });
    const following = follow(place, stored, dir, of, {});
    await expect.poll(async () => (await queueStatus(place)).experiments[0].training).toBe(2);
    await own.restart();
    expect(await following).toMatchObject({ failed: [], stopped: false });
    expect((await working).finished).toBe(4);
    expect(lines.some((line) => line.includes('trying again'))).toBe(true);
    client.disconnect();
    await own.close();
  });

  it('stop folds of an experiment that is cancelled, and a coordinator says so', async () => {
    const { place, dir, store, stored } = await begin(await tinyExperiment(root, { epochs: 3000 }));
    const working = work(store, { idle: 1 });
    const following = follow(place, stored, dir, await tinyExperiment(root, { epochs: 3000 }), {}).catch(
      (error) => error,
    );
    await expect.poll(async () => (await queueStatus(place)).experiments[0].training).toBe(2);
    await QUEUE_ACTIONS.cancel(place, stored);
    expect((await working).finished).toBe(0);
    expect(`${await following}`).toContain('was cancelled');
    expect(await queueStatus(place)).toMatchObject({
      experiments: [{ state: 'cancelled', training: 0, waiting: 0 }],
    });
  });

  it('get no folds of a queue that drains, until it is retried', async () => {
    const { place, store, stored } = await begin();
    await QUEUE_ACTIONS.drain(place, stored);
    expect(await work(store, { idle: 0.5 })).toMatchObject({ finished: 0 });
    expect((await queueStatus(place)).experiments[0].state).toBe('draining');
    await QUEUE_ACTIONS.retry(place, stored);
    expect(await work(store)).toMatchObject({ finished: 4 });
  });

  it('leave nothing behind in their folder for temporary files', async () => {
    const { store } = await begin();
    const scratch = join(root, 'scratch');
    await work(store, { scratch });
    expect(readdirSync(scratch)).toEqual([]);
  });

  it('that lost a fold do not disturb its new owner', async () => {
    const { place, store, stored } = await begin(await tinyExperiment(root, { epochs: 400 }));
    const lines: string[] = [];
    const stop = new AbortController();
    const first = work(store, {
      cores: 1,
      idle: undefined,
      signal: stop.signal,
      onLine: (line) => lines.push(line),
    });
    await expect
      .poll(async () => (await queueStatus(place)).workers.flatMap(({ folds }) => folds)[0]?.epoch ?? 0)
      .toBeGreaterThan(0);
    const [{ folds }] = (await queueStatus(place)).workers;
    // As if the queue had handed the fold out again, and another worker had claimed it.
    await stored.fold(folds[0].fold).claim({ id: 'other', host: 'other', pid: 1 }, folds[0].epoch);
    await expect.poll(() => lines.some((line) => line.includes('given up'))).toBe(true);
    const after = await stored.fold(folds[0].fold).checkpoints();
    stop.abort();
    await first;
    expect(await stored.fold(folds[0].fold).checkpoints()).toEqual(after);
  });
});
