import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lexel } from './lexel.js';

const root = mkdtempSync(join(tmpdir(), 'lexel-slurm-script-'));
afterAll(() => rmSync(root, { recursive: true }));

const SHAPES = ['slurm-script', '--data', 'shapes', '--net', 'lite', '--out', 'runs/it'];
const make = (...args: string[]) => lexel([...SHAPES, ...args], { cwd: root });
const lineOf = (script: string, start: string) => script.split('\n').filter((line) => line.startsWith(start));

describe('lexel slurm-script', () => {
  it('prints one task for each fold, with the options as typed', async () => {
    const { code, out, err } = await make(
      ...[
        '--protocol',
        'holdout:20',
        '--seed',
        '3',
        '--out',
        'runs/it is',
        '--no-flip',
        '--ema',
        '--cpus',
        '2',
      ],
      ...[
        '--time',
        '1-02:30',
        '--mem',
        '4G',
        '--partition',
        'long',
        '--job-name',
        'shapes.3',
        '--attempts',
        '5',
      ],
    );
    expect(code, err).toBe(0);
    expect(lineOf(out, '#SBATCH')).toEqual([
      '#SBATCH --job-name=shapes.3',
      '#SBATCH --array=1-3',
      '#SBATCH --cpus-per-task=2',
      '#SBATCH --time=1-02:30',
      '#SBATCH --mem=4G',
      '#SBATCH --partition=long',
      '#SBATCH --output=%x-%A_%a.log',
      '#SBATCH --open-mode=append',
      '#SBATCH --requeue',
      '#SBATCH --signal=B:USR1@120',
    ]);
    expect(out).toContain(
      `loo --data shapes --net lite --out runs/it --protocol holdout:20 --seed 3 --out 'runs/it is' --no-flip --ema --attempts 5 --array-job
  --shard "$SLURM_ARRAY_TASK_ID/3" --workers 1 --threads "$SLURM_CPUS_PER_TASK")`,
    );
    expect(out).toContain(`\ncd ${root} || exit 1\n`);
    expect(spawnSync('bash', ['-n'], { input: out }).status).toBe(0);
  });

  it('gives the CPUs to several folds at once if there are fewer tasks, without reading the data', async () => {
    const { code, out, err } = await lexel(
      ['slurm-script', '--data', '/elsewhere', '--out', '/shared/run', '--tasks', '7', '--cpus', '4'],
      { cwd: root },
    );
    expect(code, err).toBe(0);
    expect(lineOf(out, '#SBATCH --array')).toEqual(['#SBATCH --array=1-7']);
    expect(out).toContain('--shard "$SLURM_ARRAY_TASK_ID/7" --workers "$SLURM_CPUS_PER_TASK")');
    const own = await make('--tasks', '2', '--workers', '3');
    expect(own.out).toContain('--workers 3 --array-job\n  --shard "$SLURM_ARRAY_TASK_ID/2" )');
  });

  it('writes a file', async () => {
    const { code, out } = await make('--tasks', '2', '--script', 'job.sh');
    expect([code, out]).toEqual([0, 'job.sh: 2 tasks. Submit it with: sbatch job.sh\n']);
    expect(readFileSync(join(root, 'job.sh'), 'utf8')).toMatch(/^#!\/bin\/bash\n/);
  });

  it.each<[string[], string]>([
    [['--epochs', 'many'], "option '--epochs <n>' argument 'many' is invalid"],
    [['--net', 'vgg', '--tasks', '3'], 'no network "vgg"'],
    [['--protocol', 'lucky', '--tasks', '3'], 'unknown protocol "lucky"'],
    [['--classes', 'red_circel'], 'the data set has no class "red_circel"'],
    [['--shard', '1/3'], '--shard cannot be used in a job'],
    [['--dry-run'], '--dry-run cannot be used in a job'],
    [['--tasks', '1001'], '1001 tasks are more than an array job of Slurm takes'],
    [['--time', 'soon'], 'Write it as 04:00:00 or 1-12 (days-hours).'],
    [['--time', '4'], 'It must be at least 5 minutes.'],
    [['--time', '00:04:59'], 'It must be at least 5 minutes.'],
    [['--mem', '4 G'], 'Write it as sbatch takes it, such as 4G.'],
    [['--partition', 'a\n#SBATCH --x'], 'Write it as sbatch takes it'],
    [['--bogus'], "unknown option '--bogus'"],
  ])('refuses %j', async (args, problem) => {
    const { code, out, err } = await make(...args);
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain(problem);
  });
});

const bash = spawnSync('bash', ['--version']).status === 0;
if (!bash) console.warn("No test of the script's signals: bash is not here.");

describe.runIf(bash)('the script', () => {
  let script: string;
  beforeAll(async () => {
    script = (await make('--tasks', '3', '--seed', '7')).out;
  });
  /** Runs it with a program in place of Lexel and of scontrol. */
  async function run(
    program: string,
    { signal, env = {} }: { signal?: NodeJS.Signals; env?: NodeJS.ProcessEnv } = {},
  ) {
    const dir = mkdtempSync(join(root, 'run-'));
    const calls = join(dir, 'scontrol');
    mkdirSync(join(dir, 'bin'));
    const fake = (path: string, body: string) =>
      writeFileSync(path, `#!/bin/bash\n${body}\n`, { mode: 0o755 });
    fake(join(dir, 'bin', 'scontrol'), `echo "$@" >>${calls}`);
    fake(join(dir, 'lexel'), program);
    const changed = script.replace(/^lexel=.*$/m, `lexel=(${join(dir, 'lexel')})`);
    expect(changed).not.toBe(script);
    writeFileSync(join(dir, 'job.sh'), changed);
    const child = spawn('bash', [join(dir, 'job.sh')], {
      env: {
        ...process.env,
        PATH: `${join(dir, 'bin')}:${process.env.PATH}`,
        ...{ SLURM_ARRAY_JOB_ID: '10', SLURM_ARRAY_TASK_ID: '2', SLURM_CPUS_PER_TASK: '1' },
        ...env,
      },
    });
    let out = '';
    child.stdout.on('data', (chunk) => {
      if (signal && `${chunk}`.includes('begun')) child.kill(signal);
      out += chunk;
    });
    const code = await new Promise((done) => child.on('close', done));
    return { code, out, requeued: existsSync(calls) ? readFileSync(calls, 'utf8') : '' };
  }
  /** Stops after a moment, as Lexel does at the end of a step. */
  const stoppable = (code: number) =>
    `trap 'sleep 0.2; echo stopped; exit ${code}' TERM; echo begun; for i in {1..100}; do sleep 0.1; done`;

  it('calls lexel loo with its shard', async () => {
    const { code, out } = await run('echo "$*"');
    expect(code).toBe(0);
    expect(out).toContain(
      'loo --data shapes --net lite --out runs/it --seed 7 --array-job --shard 2/3 --workers 1\n',
    );
  });

  it('passes the warning on as SIGTERM, waits, and requeues its task', async () => {
    const { code, out, requeued } = await run(stoppable(130), { signal: 'SIGUSR1' });
    expect([code, requeued]).toEqual([130, 'requeue 10_2\n']);
    expect(out).toContain('stopped\nStopped before the time limit (exit code 130). Requeueing the task.');
  });

  it('also if Lexel had not begun to listen for signals, or a fold failed in its last moments', async () => {
    // Often, because it may end before the script looks again.
    for (let i = 0; i < 20; i++) {
      const silent = await run('echo begun; exec sleep 10', { signal: 'SIGUSR1' });
      expect([silent.code, silent.requeued]).toEqual([143, 'requeue 10_2\n']);
    }
    expect((await run(stoppable(1), { signal: 'SIGUSR1' })).requeued).toBe('requeue 10_2\n');
  });

  it('does not requeue a task that is cancelled, done, poisoned or wrongly called', async () => {
    const cancelled = await run(stoppable(130), { signal: 'SIGTERM' });
    expect([cancelled.code, cancelled.requeued]).toEqual([130, '']);
    expect((await run(stoppable(0), { signal: 'SIGUSR1' })).requeued).toBe('');
    for (const code of [0, 2, 42, 137]) {
      const end = await run(`exit ${code}`);
      expect([end.code, end.requeued]).toEqual([code, '']);
      if (code === 42) expect(end.out).toContain('Poisoned folds are left (exit code 42).');
    }
    expect((await run(stoppable(42), { signal: 'SIGUSR1' })).requeued).toBe('');
  });

  it('requeues a task that failed, but not for ever', async () => {
    expect(await run('exit 1')).toMatchObject({ code: 1, requeued: 'requeue 10_2\n' });
    expect((await run('exit 1', { env: { SLURM_RESTART_COUNT: '9' } })).requeued).toBe('requeue 10_2\n');
    expect((await run('exit 1', { env: { SLURM_RESTART_COUNT: '10' } })).requeued).toBe('');
  });
});
