import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lexel, type Outcome } from './lexel.js';
import { signalAfterCheckpoint } from './signal-after-checkpoint.js';

const root = mkdtempSync(join(tmpdir(), 'lexel-array-job-'));
afterAll(() => rmSync(root, { recursive: true }));

/** Three folds. */
const TINY = [
  ...['loo', '--protocol', 'holdout:20', '--net', 'lite', '--width', '0.25', '--epochs', '3'],
  ...['--limit', '128', '--batch', '32', '--threads', '1', '--workers', '1'],
];
const folds = ['split-0', 'split-1', 'split-2'];
const resultsOf = (dir: string, of: readonly string[] = folds) =>
  of.flatMap((fold) =>
    ['outputs', 'model'].map((kind) =>
      readFileSync(join(dir, 'folds', `${fold}.${kind}.safetensors`), 'base64'),
    ),
  );
const leftIn = (dir: string) =>
  readdirSync(join(dir, 'folds')).filter((name) => /lock|tmp|checkpoint/.test(name));

const whole = join(root, 'whole');
beforeAll(async () => {
  const { code, err } = await lexel([...TINY, '--out', whole]);
  expect(code, err).toBe(0);
});

describe('lexel loo --array-job', () => {
  it('tries a failing fold again until it is poisoned, and exits with 42 when nothing else is left', async () => {
    const dir = join(root, 'poisoned');
    const task = (...more: string[]) =>
      lexel([...TINY, '--array-job', '--attempts', '2', '--json', '--out', dir, ...more]);
    expect((await task('--folds', '0')).code).toBe(0);
    // The model of fold 1 cannot be written.
    const obstacle = join(dir, 'folds', 'split-1.model.safetensors');
    mkdirSync(obstacle);

    const first = await task('--folds', '0,1');
    expect(first.code).toBe(1);
    expect(first.err).toContain('lexel: 1 of 2 folds failed:');
    expect(first.err).toContain('Start the task again to go on with one of them.');
    const second = await task();
    expect(second.code).toBe(42);
    expect(second.err).toMatch(/split-1: .* \(poisoned: failed 2 times or more, not tried again\)/);
    expect(JSON.parse(second.out).runs[0]).toMatchObject({
      ...{ finished: ['split-0', 'split-2'], failed: [{ fold: 'split-1' }], poisoned: ['split-1'] },
    });

    const log = join(dir, 'folds', 'split-1.jsonl');
    const before = readFileSync(log, 'utf8');
    expect((await task()).code).toBe(42);
    expect(readFileSync(log, 'utf8')).toBe(before);
    // Without --array-job, a failure is a failure.
    expect((await lexel([...TINY, '--out', dir])).code).toBe(1);

    rmdirSync(obstacle);
    expect((await task('--attempts', '3')).code).toBe(0);
    expect(resultsOf(dir)).toEqual(resultsOf(whole));
  });

  it('lets all tasks begin one new directory at the same time', async () => {
    const dir = join(root, 'together');
    const task = (i: number) => lexel([...TINY, '--array-job', '--shard', `${i}/3`, '--out', dir]);
    const ends = await Promise.all([1, 2, 3].map(task));
    expect(ends.map(({ code, err }) => (code === 0 ? '' : err))).toEqual(['', '', '']);
    expect(resultsOf(dir)).toEqual(resultsOf(whole));
    expect(leftIn(dir)).toEqual([]);
  });

  it('exits with 130 after SIGTERM, and goes on when it is started again', async () => {
    const dir = join(root, 'stopped');
    const start = (env: NodeJS.ProcessEnv = {}) =>
      lexel([...TINY, '--array-job', '--shard', '1/3', '--out', dir], { env });
    expect((await start(signalAfterCheckpoint(1, 'SIGTERM'))).code).toBe(130);
    expect(leftIn(dir)).toContain('split-0.checkpoint.safetensors');
    expect((await start()).code).toBe(0);
    expect(resultsOf(dir, ['split-0'])).toEqual(resultsOf(whole, ['split-0']));
  });

  it('exits with 130 after SIGTERM during the preparation too', async () => {
    const module = new URL('../../dist/cli/interrupt.js', import.meta.url).href;
    const script = `import { endedBySigterm } from ${JSON.stringify(module)};
      await endedBySigterm(() => new Promise((done) => { setTimeout(done, 30_000); console.log('begun'); }));`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script]);
    child.stdout.once('data', () => child.kill('SIGTERM'));
    expect(await new Promise((done) => child.on('close', done))).toBe(130);
  });

  it('refuses what makes no sense', async () => {
    const refused = async (...args: string[]) => (await lexel(['loo', ...args])).err;
    expect(await refused('--array-job')).toContain('--array-job needs --out');
    expect(await refused('--attempts', '2', '--out', join(root, 'no'))).toContain(
      '--attempts needs --array-job or --queue',
    );
  });
});

/** Runs the command line on "another machine": in a namespace with another host name. */
function onMachine(name: string, args: readonly string[], env: NodeJS.ProcessEnv) {
  const bin = fileURLToPath(new URL('../../bin/lexel.js', import.meta.url));
  const line = 'hostname "$1" && shift && exec "$@"';
  return new Promise<Outcome>((resolve) => {
    const child = spawn('unshare', ['-u', 'sh', '-c', line, 'sh', name, process.execPath, bin, ...args], {
      env: { ...process.env, ...env },
    });
    let [out, err] = ['', ''];
    child.stdout.on('data', (chunk) => {
      out += chunk;
    });
    child.stderr.on('data', (chunk) => {
      err += chunk;
    });
    child.on('close', (code) => resolve({ code, out, err }));
  });
}

const machines = spawnSync('unshare', ['-u', 'hostname', 'node-a']).status === 0;
if (!machines) console.warn('No test of tasks on other machines: host names cannot be changed here.');

describe.runIf(machines)('a task that is started again on another machine', () => {
  it('takes over its own locks only, and gives the bits of an undisturbed run', async () => {
    const dir = join(root, 'moved');
    const args = [...TINY, '--array-job', '--shard', '2/3', '--out', dir];
    const env = {
      SLURM_CLUSTER_NAME: 'c',
      SLURM_JOB_ID: '12',
      SLURM_ARRAY_JOB_ID: '10',
      SLURM_ARRAY_TASK_ID: '2',
    };
    const killed = await onMachine('node-a', args, { ...env, ...signalAfterCheckpoint(1, 'SIGKILL') });
    expect(killed.code).toBe(null);
    expect(leftIn(dir)).toContain('split-1.lock');

    const outside = await onMachine('node-b', args, {});
    expect(outside.err).toMatch(/fold split-1 of .* is locked by process \d+ on node-a/);
    const other = await onMachine('node-b', args, {
      ...env,
      SLURM_ARRAY_JOB_ID: '11',
      SLURM_RESTART_COUNT: '1',
    });
    expect([outside.code, other.code]).toEqual([1, 1]);

    const again = await onMachine('node-b', args, { ...env, SLURM_RESTART_COUNT: '1' });
    expect(again.code, again.err).toBe(0);
    expect(leftIn(dir)).toEqual([]);
    expect(resultsOf(dir, ['split-1'])).toEqual(resultsOf(whole, ['split-1']));
  });
});
