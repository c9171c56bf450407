/** `--dry-run` of train, loo and --resume. */

import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { lexel } from './lexel.js';

const dir = mkdtempSync(join(tmpdir(), 'lexel-dry-run-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));
const run = (...args: string[]) => lexel(args, { cwd: dir, env: { COLUMNS: '400' } });
const SMALL = ['--net', 'lite', '--width', '0.25', '--limit', '640', '--batch', '64', '--epochs', '2'];
const ESTIMATE =
  /^Estimated time: \d+ s \(\d threads?, \d+ images\/s\) for (.*); [\d.]+ (?:KiB|MiB) of disk, [\d.]+ (?:MiB|GiB) of memory\.$/m;

/** The output without line breaks inside sentences, whatever the width. */
const whole = (out: string) => out.replaceAll(/\n +/g, ' ');

describe('--dry-run', () => {
  it('estimates the whole run and writes nothing', async () => {
    const { code, out, err } = await run(
      ...['loo', ...SMALL, '--protocol', 'holdout:20', '--seeds', '0-1', '--out', 'runs/x', '--dry-run'],
    );
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(ESTIMATE.exec(whole(out))?.[1]).toBe('6 folds of 2 epochs, 7,680 images');
    expect(out).toContain('Nothing was written (--dry-run).');
    expect(readdirSync(dir)).toEqual([]);
    const json = await run(
      'loo',
      ...SMALL,
      '--protocol',
      'holdout:20',
      '--out',
      'runs/x',
      '--dry-run',
      '--json',
    );
    const { runs } = JSON.parse(json.out);
    expect(runs).toMatchObject([{ planned: ['runs/x'], forecast: { folds: 3, epochs: 2, images: 3840 } }]);
    const { seconds, imagesPerSecond } = runs[0].forecast.time;
    expect(seconds).toBeGreaterThan(0);
    expect(imagesPerSecond).toBeGreaterThan(0);
    const train = await run('train', ...SMALL, '--holdout', 'red_circle', '--dry-run');
    expect(ESTIMATE.exec(whole(train.out))?.[1]).toBe('1 fold of 2 epochs, 1,280 images');
    expect(readdirSync(dir)).toEqual([]);
  });

  it('counts only what is left of a run, and estimates no time for a short one', async () => {
    const loo = ['loo', ...SMALL, '--protocol', 'holdout:30', '--out', 'run'];
    const first = await run(...loo, '--folds', '0');
    expect(first.code).toBe(0);
    expect(first.out).not.toContain('Estimated');
    const rest = await run(...loo, '--dry-run');
    expect(ESTIMATE.exec(whole(rest.out))?.[1]).toBe('1 fold of 2 epochs, 1,280 images');
    const done = await run('loo', '--resume', 'run', '--dry-run');
    expect(done.code).toBe(0);
    expect(done.out).toContain('Nothing is left to train');
  });

  it('refuses what the run would refuse', async () => {
    const { code, err } = await run('train', '--holdout', 'red_circel', '--dry-run');
    expect(code).toBe(2);
    expect(err).toContain('red_circle');
  });
});
