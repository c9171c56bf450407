import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readRun } from '../../src/crossval/index.js';
import { readSummary } from '../../src/statistics/index.js';
import { lexel } from './lexel.js';

const data = resolve(process.env.LEXEL_DATA ?? '../shared/data');
const present = existsSync(join(data, 'cifar-100-binary')) && existsSync(join(data, 'glove'));
if (!present)
  console.log(`Skipped: no cifar-100-binary/ and glove/ in ${data} (LEXEL_DATA names another place).`);

const dir = mkdtempSync(join(tmpdir(), 'lexel-real-'));
afterAll(() => rmSync(dir, { recursive: true }));

describe.skipIf(!present)('lexel loo on CIFAR-100 and GloVe', () => {
  it('holds out three classes, one per fold, and reports', async () => {
    const line =
      'loo --data cifar-100 --words glove --net lite --classes willow_tree,bus,otter --epochs 1 --limit 2000 --out run';
    const env = { LEXEL_DATA: data };
    const { code, out } = await lexel(line.split(' '), { cwd: dir, env });
    expect(code).toBe(0);
    expect(out).toContain('3 of 3 folds finished');

    const { run, folds } = readRun(join(dir, 'run'));
    expect(run).toMatchObject({
      protocol: 'loo',
      command: `lexel ${line}`,
      config: { limit: 2000, epochs: 1 },
    });
    expect(run.dataset).toMatchObject({ trainCount: 50000, testCount: 10000 });
    expect(run.words.labels.find(({ label }) => label === 'willow_tree')).toBeDefined();
    expect(folds.map(({ id }) => id)).toEqual(['bus', 'otter', 'willow_tree']);
    for (const { epochs, start, end } of folds) {
      expect(start?.trainImages).toBe(2000);
      expect(epochs.map(({ epoch }) => epoch)).toEqual([0, 1]);
      // Untrained outputs are near zero, so one epoch of training on any words lowers the loss.
      expect(epochs[1].heldOut.loss!).toBeLessThan(epochs[0].heldOut.loss!);
      expect(end?.imagesPerSecond).toBeGreaterThan(0);
    }
    // Some images of willow_tree also occur under oak_tree (DESIGN.md).
    expect(folds[2].start!.droppedDuplicates).toBeGreaterThan(0);

    const report = await lexel(['report', 'run'], { cwd: dir, env });
    expect(report.code).toBe(0);
    const page = readFileSync(join(dir, 'run', 'report', 'report.html'), 'utf8');
    expect(page).toContain('willow');
    expect(readSummary(join(dir, 'run', 'report', 'summary.json')).classes.length).toBe(3);
  });
});
