/**
 * The design states the scores of the mean vector for real GloVe vectors; our Lm, Lz and quantiles must
 * reproduce them.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { median } from 'simple-statistics';
import { describe, expect, test } from 'vitest';
import { startPoint } from '../../src/statistics/evidence/start-variance.js';
import { relativeChange } from '../../src/statistics/measures.js';
import { summariseRun } from '../../src/statistics/summary.js';
import { fakeRun } from './support/fake-run.js';

const file = join(process.env.LEXEL_DATA ?? '../shared/data', 'glove', 'glove.6B.100d.cifar100-labels.txt');
const there = existsSync(file);
if (!there) console.log(`skipped: ${file} does not exist (set LEXEL_DATA)`);

describe.skipIf(!there)('the mean vector as constant output, on real vectors', () => {
  test('median −20 %, −29 %, −48 % and 93, 98, 100 improved, by the variance of the untrained output', () => {
    const lines = readFileSync(file, 'utf8').trim().split('\n');
    const classes = lines.map((line) => line.split(' ')[0]);
    const targets = Float32Array.from(lines.flatMap((line) => line.split(' ').slice(1).map(Number)));
    const dir = mkdtempSync(join(tmpdir(), 'lexel-real-'));
    const groups = classes.map((_, c) => [c]);
    fakeRun(dir, { classes, groups, protocol: 'loo', dimension: 100, targets, images: 1, epochs: 1 });
    const summary = summariseRun(dir);
    rmSync(dir, { recursive: true });
    const against = (variance: number) =>
      summary.classes.map((c) => relativeChange(c.meanVectorLoss, c.zeroLoss + variance));
    const found = [0, 0.04, 0.16].map((variance) => {
      const changes = against(variance);
      return [Math.round(100 * median(changes)), changes.filter((change) => change < 0).length];
    });
    // The computation of the figure, without a run.
    const plain = [0, 0.04, 0.16].map((variance) => startPoint(summary.classes, variance));
    expect(plain.map(({ median: m, improved }) => [Math.round(100 * m), improved])).toEqual(found);
    expect(plain.map(({ worst }) => worst)).toEqual([0, 0.04, 0.16].map((v) => Math.max(...against(v))));
    expect(found).toEqual([
      [-20, 93],
      [-29, 98],
      [-48, 100],
    ]);
    expect(summary.meanVectorChange.zero.improved).toBe(93);
  });
});
