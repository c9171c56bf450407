/** The script of `lexel slurm-script` in a cluster of Slurm. */

import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { lexel } from './lexel.js';
import { type SlurmCluster, startSlurm, until } from './slurm-cluster.js';

const started = await startSlurm();
const cluster = typeof started === 'string' ? null : started;
if (typeof started === 'string') console.warn(`No test in a cluster of Slurm: ${started}`);
afterAll(() => cluster?.stop());

/** Three folds. */
const TINY = [
  ...['--protocol', 'holdout:20', '--net', 'lite', '--width', '0.25', '--epochs', '10'],
  ...['--limit', '512', '--batch', '32'],
];

describe.runIf(cluster)('an array job of Slurm', () => {
  const { folder, env, call } = cluster ?? ({} as SlurmCluster);
  const run = async (...args: string[]) => {
    const { code, err } = await lexel(args, { cwd: folder, env });
    expect(code, err).toBe(0);
  };
  const textOf = (...path: string[]) => {
    const file = join(folder, ...path);
    return existsSync(file) ? readFileSync(file, 'utf8') : '';
  };
  const submit = async (out: string, ...more: string[]) => {
    const script = `${out}.sh`;
    await run(
      'slurm-script',
      ...TINY,
      '--out',
      out,
      '--time',
      '30',
      '--job-name',
      out,
      '--script',
      script,
      ...more,
    );
    return call('sbatch', '--parsable', script);
  };
  const ended = (job: string) => until(() => call('squeue', '--noheader', '--jobs', job) === '', 240);
  const field = (job: string, name: string) =>
    new RegExp(`\\b${name}=(\\S+)`).exec(call('scontrol', '--oneliner', 'show', 'job', job))?.[1];
  const resultsOf = (out: string) =>
    readdirSync(join(folder, out, 'folds'))
      .filter((name) => /outputs|model/.test(name))
      .map((name) => [name, readFileSync(join(folder, out, 'folds', name), 'base64')]);

  it('is requeued by the signal before the time limit, goes on, and gives the bits of a local run', async () => {
    const job = await submit('signalled');
    expect(await until(() => textOf('signalled', 'folds', 'split-1.jsonl').includes('"epoch":2'), 120)).toBe(
      true,
    );
    call('scancel', '--signal=USR1', '--batch', `${job}_2`);
    const log = `signalled-${job}_2.log`;
    expect(await until(() => textOf(log).includes('Stopped before the time limit (exit code 130).'))).toBe(
      true,
    );
    expect(await ended(job)).toBe(true);
    expect(
      [1, 2, 3].map((i) => [field(`${job}_${i}`, 'JobState'), field(`${job}_${i}`, 'Restarts')]),
    ).toEqual([
      ['COMPLETED', '0'],
      ['COMPLETED', '1'],
      ['COMPLETED', '0'],
    ]);
    expect(textOf('signalled', 'folds', 'split-1.jsonl')).toContain('"type":"resume"');

    await run('loo', ...TINY, '--out', 'local');
    expect(resultsOf('signalled')).toEqual(resultsOf('local'));
    expect(readdirSync(join(folder, 'signalled', 'folds')).length).toBe(9);
  }, 400_000);

  it('is requeued after a failure until its fold is poisoned, and then ends with 42', async () => {
    await run('loo', ...TINY, '--folds', '0', '--out', 'poisoned');
    // The model of fold 1 cannot be written.
    mkdirSync(join(folder, 'poisoned', 'folds', 'split-1.model.safetensors'));
    const job = await submit('poisoned', '--attempts', '2', '--folds', '0,1');
    expect(await ended(job)).toBe(true);
    expect(field(`${job}_1`, 'JobState')).toBe('COMPLETED');
    expect(['JobState', 'ExitCode', 'Restarts'].map((name) => field(`${job}_2`, name))).toEqual([
      ...['FAILED', '42:0', '1'],
    ]);
    const log = textOf(`poisoned-${job}_2.log`);
    expect(log).toContain('Folds failed, or could not begin (exit code 1). Requeueing the task.');
    expect(log).toContain('Poisoned folds are left (exit code 42). The task is not requeued.');
  }, 400_000);
});
