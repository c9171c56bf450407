/** Tests the scripts behind docs/RESULTS.md, except for training on CIFAR-100. */

import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { lexel } from '../cli/lexel.js';

const dir = mkdtempSync(join(tmpdir(), 'lexel-scripts-'));
afterAll(() => rmSync(dir, { recursive: true }));

function script(name: string, ...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const file = fileURLToPath(new URL(`../../scripts/${name}.mjs`, import.meta.url));
  return new Promise((resolve) => {
    execFile(process.execPath, [file, ...args], { cwd: dir }, (error, out, err) =>
      resolve({ code: error ? Number(error.code) : 0, out, err }),
    );
  });
}

describe('experiments', () => {
  it('prints the command of every run', async () => {
    const { code, out } = await script('experiments', '--out', 'runs', '--dry-run');
    expect(code).toBe(0);
    const commands = out.split('\n').filter((line) => line.startsWith('lexel loo '));
    const plan = new URL('../../scripts/experiments/plan.mjs', import.meta.url).href;
    const { RUNS }: { RUNS: { name: string }[] } = await import(plan);
    const names = RUNS.map(({ name }) => name);
    expect(commands.map((line) => line.split('--out runs/')[1])).toEqual(names);
    expect(new Set(names).size).toBe(names.length);
    expect(commands.filter((line) => line.includes('--recipe centred --ranking 0.1 '))).toHaveLength(1);
    expect(commands).toContain(
      'lexel loo --data cifar-100 --words glove --net lite --recipe poster --protocol one-per-superclass ' +
        '--epochs 25 --seed 3 --workers 2 --out runs/rotations-poster/seed-3',
    );
    const some = await script('experiments', '--out', 'runs', '--dry-run', '--only', 'loo-permuted');
    expect(/--classes (\S+)/.exec(some.out)![1].split(',')).toHaveLength(20);
    expect(readdirSync(dir)).toEqual([]);
  });

  it('refuses an unknown step', async () => {
    const { code, err } = await script('experiments', '--out', 'runs', '--dry-run', '--only', 'rotation');
    expect(code).toBe(2);
    expect(err).toContain('no step or run "rotation"; steps: loo, rotations');
  });
});

describe('keep-results', () => {
  it('keeps the finished folds of runs as records', async () => {
    const train =
      'loo --net lite --width 0.25 --batch 32 --limit 128 --epochs 1 --protocol holdout:20 --folds 0 --out run';
    expect(await lexel(train.split(' '), { cwd: dir })).toMatchObject({ code: 0 });
    writeFileSync(join(dir, 'numbers.json'), '{}');
    const { code } = await script('keep-results', 'mine=run', 'numbers.json', '--to', 'kept');
    expect(code).toBe(0);
    expect(readdirSync(join(dir, 'kept')).sort()).toEqual(['mine', 'numbers.json.br', 'targets']);
    expect(readdirSync(join(dir, 'kept', 'mine')).sort()).toEqual(['folds', 'run.json']);
    expect(readdirSync(join(dir, 'kept', 'mine', 'folds'))).toEqual(['split-0.record.safetensors.br']);
    const report = await lexel(['report', 'kept/mine', '--out', 'page'], { cwd: dir });
    expect(report).toMatchObject({ code: 0 });
    const drift = await script('record-drift', 'run', 'kept/mine');
    expect(drift).toMatchObject({
      code: 0,
      out: expect.stringContaining('0.00 % of the images have another rank'),
    });
    rmSync(join(dir, 'run', 'folds', 'split-0.outputs.safetensors'));
    const { code: failed, err } = await script('keep-results', 'run', '--to', 'other');
    expect(failed).toBe(1);
    expect(err).toContain('run is not finished: split-0');
  });
});
