/** `--patience`, `--keep-best` and `--validation-share`. */

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { lexel } from './lexel.js';

const dir = mkdtempSync(join(tmpdir(), 'lexel-early-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));
const run = (...args: string[]) => lexel(args, { cwd: dir, env: { COLUMNS: '400' } });
const SMALL = ['--net', 'lite', '--width', '0.25', '--limit', '640', '--batch', '64', '--epochs', '2'];
const configOf = (name: string) => JSON.parse(readFileSync(join(dir, name, 'run.json'), 'utf8')).config;

describe('early stopping', () => {
  it('train prints the validation measures, records the settings, and resumes with these only', async () => {
    const { code, out } = await run(
      'train',
      ...SMALL,
      ...['--patience', '1', '--keep-best', '--validation-share', '0.2', '--out', 'one'],
    );
    expect(code).toBe(0);
    expect(out).toContain('single: 1 fold of at most 2 epochs');
    expect(out).toMatch(/^\d+ training images, \d+ for validation; \d+ parameters; at most \d+ steps$/m);
    expect(out).toMatch(
      /^epoch {3}1 {2}train 0\.\d{4} {2}validation \d+\.\d{4} {2}validation hit@1 +\d+\.\d %/m,
    );
    expect(out).toMatch(/^nothing held out {2}epoch [12] of 2 /m);
    expect(configOf('one')).toMatchObject({ patience: 1, keepBest: true, validationShare: 0.2 });
    const resume = (...args: string[]) => run('train', '--resume', 'one', ...args);
    expect(await resume('--patience', '2')).toMatchObject({
      code: 2,
      err: expect.stringContaining('--patience 2: one was started with 1'),
    });
    expect((await resume('--patience', '1', '--keep-best', '--validation-share', '0.2')).code).toBe(0);
  });

  it('loo joins a run with the same settings only', async () => {
    const loo = ['loo', ...SMALL, '--protocol', 'holdout:30', '--out', 'two', '--folds', '0'];
    const { code, out } = await run(...loo, '--patience', '3');
    expect(code).toBe(0);
    expect(out).toMatch(/^split-0 \(30 classes\) {2}2 epochs, best [12] /m);
    expect(out).toContain('10 % of the training images of each seen class were set apart for validation');
    expect(configOf('two')).toMatchObject({ patience: 3, validationShare: 0.1 });
    expect(configOf('two')).not.toHaveProperty('keepBest');
    for (const [changed, other] of [
      [[], 'another validationShare (0.1)'],
      [['--patience', '3', '--keep-best'], 'another keepBest'],
    ] as const) {
      const refused = await run(...loo, ...changed);
      expect(refused).toMatchObject({ code: 2, err: expect.stringContaining(other) });
    }
  });

  it('says that the estimate is the most', async () => {
    const { out } = await run('train', ...SMALL, '--patience', '1', '--dry-run');
    expect(out.replaceAll(/\n +/g, ' ')).toMatch(
      /^Estimated time: at most \d+ s \(.*\) for 1 fold of at most 2 epochs, at most 1,152 images;/m,
    );
  });

  it.each([
    ['--patience', '0', 'It must be a whole number, at least 1.'],
    ['--validation-share', '0', 'above 0 up to 0.5'],
    ['--validation-share', '0.51', 'above 0 up to 0.5'],
  ])('%s %s is wrong usage', async (option, value, message) => {
    const { code, err } = await run('train', option, value);
    expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining(message) });
  });

  it('names a class with too few images', async () => {
    const { code, err } = await run(
      ...['train', '--limit', '60', '--batch', '8', '--patience', '1', '--out', 'few'],
    );
    expect(code).toBe(1);
    expect(err).toMatch(/class "\w+" has only 1 training image, but needs at least 2/);
  });
});
