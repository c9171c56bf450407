/** Workers on another machine, as far as the network goes, that loses its connection for longer than the lock time. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createRunDirectory, type Experiment, runFolds } from '../../src/crossval/index.js';
import { openRunDirectory } from '../../src/queue/collect.js';
import { submit } from '../../src/queue/coordinator.js';
import { connectRedis } from '../../src/queue/redis.js';
import { openStore } from '../../src/queue/stores/open-store.js';
import { outcomeOf } from '../util/outcome-of.js';
import { networkNamespace } from './network-namespace.js';
import { hasRedis, type RedisServer, startRedis } from './redis-server.js';
import { type S3Server, startS3Server } from './stores/s3-server.js';
import { oneFold, resultBytes, tinyExperiment, writeTinyData } from './tiny-experiment.js';

const root = mkdtempSync(join(tmpdir(), 'lexel-network-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const away = hasRedis() ? networkNamespace() : null;
afterAll(() => away?.close());

const PASSWORD = 'between-machines';

describe.runIf(away)('a worker whose network loses all packets', () => {
  const children: ChildProcess[] = [];
  let server: RedisServer;
  let s3: S3Server;
  let experiment: Experiment;

  beforeAll(async () => {
    const { host } = away!;
    [server, s3] = await Promise.all([startRedis({ host, password: PASSWORD }), startS3Server({ host })]);
    await writeTinyData(root);
    experiment = oneFold(await tinyExperiment(root, { epochs: 300 }));
    const local = join(root, 'local');
    createRunDirectory(local, experiment);
    await runFolds(local, experiment, { workers: 1 });
  });
  afterEach(() => {
    away?.mend();
    for (const child of children.splice(0)) child.kill('SIGKILL');
  });
  afterAll(() => Promise.all([server?.close(), s3?.close()]));

  /** Starts `lexel worker` there or here. */
  function worker(where: 'there' | 'here', store: string, ...more: string[]) {
    const line = [
      process.execPath,
      resolve('bin/lexel.js'),
      'worker',
      '--queue',
      server.url,
      '--store',
      store,
    ];
    const all = [...line, '--cores', '1', '--lock-time', '2', ...more];
    const [program, ...args] = where === 'there' ? ['ip', ...away!.exec, ...all] : all;
    const env = { ...process.env, ...s3.env, LEXEL_QUEUE_PASSWORD: PASSWORD };
    const child = spawn(program, args, { env });
    children.push(child);
    return outcomeOf(child);
  }

  it.each([
    ['to the queue, while a folder is its store,', join(root, 'store')],
    ['to the queue and to the store', 's3://folds/lab'],
  ])('%s gives its fold up, and the result is there once', async (_, at) => {
    const dir = join(root, at.startsWith('s3') ? 'run-s3' : 'run');
    const redis = await connectRedis({ url: server.url.replace('//', `//:${PASSWORD}@`) });
    try {
      const place = { redis, store: await openStore(at, { make: true, env: s3.env }) };
      createRunDirectory(dir, experiment);
      const stored = await submit(place, dir, experiment);
      const fold = stored.fold('class-00');
      const first = worker('there', at);
      const begun = async () => (await fold.checkpoints()).length;
      await expect.poll(begun, { timeout: 60_000, message: first.out }).toBeGreaterThan(0);

      away?.cut();
      const second = worker('here', at, '--exit-when-idle', '4');
      expect(await second.code, second.out).toBe(0);
      expect(second.out).toMatch(/class-00: training, from epoch \d+\n(.*\n)*1 fold finished by this worker/);
      const commit = await fold.result();
      expect(commit?.token).toBe(2);

      away?.mend();
      await expect.poll(() => first.out, { timeout: 60_000 }).toMatch(/class-00: given up: |another worker/);
      first.child.kill('SIGTERM');
      expect(await first.code).toBe(130);
      expect(first.out).toContain('0 folds finished by this worker');
      expect(await fold.result()).toEqual(commit);

      await (await openRunDirectory(stored, dir)).collect();
      expect(resultBytes(dir)).toEqual(resultBytes(join(root, 'local')));
    } finally {
      redis.disconnect();
    }
  });
});
