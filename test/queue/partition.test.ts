/** A worker whose network to Redis drops everything for longer than the lock time, while the store stays within reach. */
import { mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRunDirectory, runFolds } from '../../src/crossval/index.js';
import { openRunDirectory } from '../../src/queue/collect.js';
import { submit } from '../../src/queue/coordinator.js';
import { connectRedis } from '../../src/queue/redis.js';
import { openStore } from '../../src/queue/stores/open-store.js';
import { runQueueWorker } from '../../src/queue/worker.js';
import { hasRedis, type RedisServer, startRedis } from './redis-server.js';
import { oneFold, resultBytes, tinyExperiment, writeTinyData } from './tiny-experiment.js';

const root = mkdtempSync(join(tmpdir(), 'lexel-partition-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** Passes connections on to a port. While it is cut, what arrives is kept, and nothing is closed: as when packets are dropped. */
async function startRelay(port: number) {
  const sockets = new Set<Socket>();
  let cut = false;
  const server = createServer((near) => {
    const far = connect(port, '127.0.0.1');
    for (const [from, to] of [
      [near, far],
      [far, near],
    ]) {
      sockets.add(from);
      from.on('data', (bytes) => to.write(bytes));
      from.on('error', () => {});
      from.on('close', () => {
        sockets.delete(from);
        to.destroy();
      });
      if (cut) from.pause();
    }
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    url: `redis://127.0.0.1:${(server.address() as AddressInfo).port}/0`,
    cut() {
      cut = true;
      for (const socket of sockets) socket.pause();
    },
    mend() {
      cut = false;
      for (const socket of sockets) socket.resume();
    },
    close() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

describe.skipIf(!hasRedis())('a worker that is cut off from the queue', () => {
  let server: RedisServer;
  let redis: Redis;
  beforeAll(async () => {
    server = await startRedis();
    redis = await connectRedis({ url: server.url });
    await writeTinyData(root);
  });
  afterAll(async () => {
    redis?.disconnect();
    await server?.close();
  });

  it('gives its fold up when another has claimed it, and the result is there once, with the same bits', async () => {
    const experiment = oneFold(await tinyExperiment(root, { epochs: 300 }));
    const [store, dir, local] = ['store', 'run', 'local'].map((name) => join(root, name));
    const place = { redis, store: await openStore(store, { make: true }) };
    createRunDirectory(dir, experiment);
    const stored = await submit(place, dir, experiment);
    const relay = await startRelay(Number(new URL(server.url).port));
    const lines: string[] = [];
    const stop = new AbortController();
    const options = { store, cores: 1, lockTime: 1 };
    const cutOff = runQueueWorker({
      ...options,
      queue: relay.url,
      signal: stop.signal,
      onLine: (line) => lines.push(line),
    });
    try {
      const fold = stored.fold('class-00');
      await expect
        .poll(async () => (await fold.checkpoints()).length, { timeout: 60_000 })
        .toBeGreaterThan(0);
      relay.cut();
      const other = await runQueueWorker({ ...options, queue: server.url, idle: 5 });
      expect(lines.join('\n')).toContain('class-00: given up: another worker has claimed');
      expect(other).toMatchObject({ finished: 1, mismatches: [] });
      const commit = await fold.result();
      expect(commit?.token).toBeGreaterThan(1);
      relay.mend();
      stop.abort();
      expect(await cutOff).toMatchObject({ finished: 0, mismatches: [] });
      expect(await fold.result()).toEqual(commit);

      const collector = await openRunDirectory(stored, dir);
      await collector.collect();
      createRunDirectory(local, experiment);
      await runFolds(local, experiment, { workers: 1 });
      expect(resultBytes(dir)).toEqual(resultBytes(local));
    } finally {
      stop.abort();
      await cutOff.catch(() => {});
      relay.close();
    }
  });
});
