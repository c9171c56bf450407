import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { hasRedis, type RedisServer, startRedis } from '../queue/redis-server.js';
import { resultBytes, writeTinyData } from '../queue/tiny-experiment.js';
import { outcomeOf } from '../util/outcome-of.js';
import { lexel } from './lexel.js';

const root = mkdtempSync(join(tmpdir(), 'lexel-cli-queue-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const bin = fileURLToPath(new URL('../../bin/lexel.js', import.meta.url));
const PASSWORD = 'correct-horse-battery';

const run = (args: readonly string[], env: NodeJS.ProcessEnv = {}) => lexel(args, { cwd: root, env });

describe('usage', () => {
  const cases: [string, string][] = [
    ['loo --store store', '--store without --queue'],
    ['loo --detach', '--detach without --queue'],
    ['loo --queue redis://localhost --threads 2', '--threads with --queue'],
    ['loo --queue redis://localhost --out x', '--store is missing'],
    ['worker --queue redis://localhost', '--store is missing'],
    ['worker --store store', '--queue is missing'],
    [
      'queue status --queue http://:secret@localhost --store store',
      '--queue http://***@localhost: not the address',
    ],
    ['collect --store ftp://x --out y', 'ftp://… cannot be a store'],
  ];
  it.each(cases)('%s', async (line, message) => {
    const { code, err } = await run(line.split(' '));
    expect(err).toContain(message);
    expect(err).not.toContain('secret');
    expect(code).toBe(2);
  });
});

describe.skipIf(!hasRedis())('a queue with a password', () => {
  let server: RedisServer;
  let tiny: string[];
  const children: ChildProcess[] = [];

  beforeAll(async () => {
    server = await startRedis({ password: PASSWORD });
    tiny = await writeTinyData(root);
    expect(await run(['loo', ...tiny, '--out', 'local'])).toMatchObject({ code: 0 });
  });
  afterEach(() => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
  });
  afterAll(() => server?.close());

  const withPassword = () => server.url.replace('redis://', `redis://:${PASSWORD}@`);

  /** Starts a worker; its output so far, and its exit code. */
  function worker(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
    const child = spawn(process.execPath, [bin, 'worker', '--lock-time', '2', '--cores', '1', ...args], {
      cwd: root,
      env: { ...process.env, ...env },
    });
    children.push(child);
    return outcomeOf(child);
  }

  it('is refused without it, or with another one, and no message shows one', async () => {
    const none = await run(['queue', 'status', '--queue', server.url, '--store', root]);
    expect(none).toMatchObject({ code: 1 });
    expect(none.err).toContain('LEXEL_QUEUE_PASSWORD');
    const wrong = await run(['queue', 'status', '--queue', server.url, '--store', root], {
      LEXEL_QUEUE_PASSWORD: 'hunter2',
    });
    expect(wrong).toMatchObject({ code: 1 });
    expect(wrong.err + none.err).not.toMatch(/hunter2|correct-horse/);
  });

  it('trains on workers what a local run trains, and keeps the password to itself', async () => {
    const place = ['--queue', withPassword(), '--store', 'store'];
    const env = { LEXEL_QUEUE: server.url, LEXEL_QUEUE_PASSWORD: PASSWORD, LEXEL_STORE: 'store' };
    const first = worker(place);
    const second = worker([], env);
    const loo = await run(['loo', ...tiny, ...place, '--out', 'queued']);
    expect(loo).toMatchObject({ code: 0 });
    expect(loo.out).toContain('The run is in queued');
    expect(resultBytes(join(root, 'queued'))).toEqual(resultBytes(join(root, 'local')));
    const title = spawnSync('ps', ['-o', 'args=', '-p', `${first.child.pid}`], { encoding: 'utf8' });
    if (title.status === 0) expect(title.stdout).not.toContain(PASSWORD);
    for (const { child } of [first, second]) child.kill('SIGTERM');
    expect([await first.code, await second.code]).toEqual([130, 130]);
    const finished = [first, second].map(({ out }) => Number(/(\d+) folds? finished by/.exec(out)?.[1]));
    expect(finished[0] + finished[1]).toBe(4);
    const files = (readdirSync(root, { recursive: true }) as string[]).map((name) => join(root, name));
    const texts = files.filter((file) => statSync(file).isFile()).map((file) => readFileSync(file));
    expect(texts.some((text) => text.includes(PASSWORD))).toBe(false);
    expect(first.out + second.out + loo.out + loo.err).not.toContain(PASSWORD);

    const status = await run(['queue', 'status', '--json'], env);
    expect(JSON.parse(status.out)).toMatchObject({
      experiments: [{ folds: 4, finished: 4, state: 'finished' }],
      workers: [],
    });
    expect((await run(['store', 'gc'], env)).out).toContain('Deleted: 4 claims');
    const cleared = JSON.parse((await run(['store', 'gc', '--json'], env)).out);
    expect(cleared).toEqual({ claims: 0, checkpoints: 0, files: 0, temporaries: 0 });
    const collected = await run(['collect', '--out', 'queued', '--json'], env);
    expect(JSON.parse(collected.out)).toMatchObject({
      run: 'queued',
      missing: [],
      failed: [],
      mismatches: [],
    });
    const again = await run(['collect', '--store', 'store', '--out', 'again']);
    expect(again).toMatchObject({ code: 0 });
    expect(again.out).toContain('4 folds new in again, 0 missing');
    expect(resultBytes(join(root, 'again'))).toEqual(resultBytes(join(root, 'local')));
  });

  it('is filled by a command that returns, and collected later', async () => {
    const env = { LEXEL_QUEUE: server.url, LEXEL_QUEUE_PASSWORD: PASSWORD, LEXEL_STORE: 'detached' };
    const long = tiny.with(tiny.indexOf('--epochs') + 1, '300');
    const loo = await run(
      ['loo', ...long, '--queue', server.url, '--store', 'detached', '--detach', '--out', 'later'],
      env,
    );
    expect(loo).toMatchObject({ code: 0 });
    expect(loo.out).toContain('lexel collect --store detached --out later --wait');
    const partly = await run(['collect', '--out', 'later'], { ...env, LEXEL_QUEUE: '' });
    expect(partly).toMatchObject({ code: 1 });
    expect(partly.out).toContain('0 folds new in later, 4 missing');
    // SIGTERM: the fold goes back, and the worker ends at once.
    const one = worker([], env);
    await expect.poll(() => one.out).toMatch(/training/);
    await expect
      .poll(
        async () =>
          JSON.parse((await run(['queue', 'status', '--json'], env)).out).workers[0]?.folds[0]?.epoch ?? 0,
      )
      .toBeGreaterThan(0);
    one.child.kill('SIGTERM');
    expect(await one.code).toBe(130);
    expect(one.out).toMatch(/given back after epoch [1-9]/);
    // A worker that ends by itself when there is nothing to do.
    expect(await run(['queue', 'drain'], env)).toMatchObject({ code: 0 });
    expect(await worker(['--exit-when-idle', '0.5'], env).code).toBe(0);
    const cancelled = await run(['queue', 'cancel', '--json'], env);
    expect(JSON.parse(cancelled.out)).toEqual({ experiment: expect.stringMatching(/^[0-9a-f]{16}$/) });
    expect((await run(['queue', 'status'], env)).out).toContain('cancelled');
  });

  it('lists a fold that fails too often, and its worker exits with 42', async () => {
    const env = { LEXEL_QUEUE: server.url, LEXEL_QUEUE_PASSWORD: PASSWORD, LEXEL_STORE: 'poisoned' };
    const broken = [...tiny, '--lr', '1e30', '--clip', '0', '--attempts', '2', '--classes', 'class-01'];
    const failing = worker([], env);
    const loo = await run(
      ['loo', ...broken, '--queue', server.url, '--store', 'poisoned', '--out', 'broken'],
      env,
    );
    expect(loo).toMatchObject({ code: 1 });
    expect(loo.err).toContain('1 of 1 folds failed');
    expect(loo.err).toContain('lexel queue retry');
    failing.child.kill('SIGTERM');
    expect(await failing.code).toBe(42);
    expect((await run(['queue', 'status'], env)).out).toContain('failed too often: class-01');
  });
});
