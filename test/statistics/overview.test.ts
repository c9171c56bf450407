/** The map of words and the confusion among superclasses, against plain second implementations. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { type SuperclassConfusion, superclassConfusion } from '../../src/statistics/confusion.js';
import { answersOf, keepRun, loadRun } from '../../src/statistics/index.js';
import { type WordMap, wordMap } from '../../src/statistics/word-map.js';
import { fakeRun } from './support/fake-run.js';

const root = mkdtempSync(join(tmpdir(), 'lexel-overview-'));
afterAll(() => rmSync(root, { recursive: true }));

const classes = Array.from({ length: 12 }, (_, c) => `word${c}`);
const superclasses = ['animals', 'plants', 'tools', 'unused'];
const superclassOf = classes.map((_, c) => c % 3);
const labels = { classes, superclasses, superclassOf, dimension: 6 };
const groups = [
  [0, 1, 2, 3],
  [4, 5, 6, 8],
];
fakeRun(join(root, 'run'), {
  ...labels,
  groups,
  protocol: 'holdout:4',
  images: 9,
  seenImages: 2,
  signal: 0.5,
});
const data = loadRun(join(root, 'run'));

function cosine(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const product = (x: ArrayLike<number>, y: ArrayLike<number>) =>
    Array.from(x, (value, j) => value * y[j]).reduce((sum, value) => sum + value, 0);
  return product(a, b) / Math.sqrt(product(a, a) * product(b, b));
}
const less = (row: ArrayLike<number>, mu: ArrayLike<number>) => Array.from(row, (value, j) => value - mu[j]);

describe('confusion among superclasses', () => {
  const found = superclassConfusion(data) as SuperclassConfusion;

  it('counts the nearest held-out word of each image', () => {
    const sums = superclasses.slice(0, 3).map(() => [0, 0, 0]);
    const counts = [0, 0, 0];
    for (const fold of data.folds) {
      const { heldOut } = answersOf(fold);
      const word = (c: number) => less(fold.space.targets.subarray(c * 6, c * 6 + 6), fold.mu);
      for (const { index, last } of heldOut) {
        counts[superclassOf[index]]++;
        for (let i = 0; i < 9; i++) {
          const output = less(last.subarray(i * 6, i * 6 + 6), fold.mu);
          const scores = heldOut.map((other) => cosine(output, word(other.index)));
          const best = heldOut[scores.indexOf(Math.max(...scores))].index;
          sums[superclassOf[index]][superclassOf[best]] += 1 / 9;
        }
      }
    }
    expect(found.superclasses).toEqual(['animals', 'plants', 'tools']);
    found.shares.forEach((row, i) => {
      for (const [j, share] of row.entries()) expect(share).toBeCloseTo(sums[i][j] / counts[i], 10);
      expect(row.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 10);
    });
    const right = sums[0][0] + sums[1][1] + sums[2][2];
    expect(found.right).toBeCloseTo(right / 8, 10);
    expect(found.classes).toBe(8);
  });

  it('states chance by the words that each fold holds out', () => {
    // animals: words 0 and 3 in the first fold (2 of 4 words), 6 in the second (1 of 4); plants: 1; 4. tools: 2; 5, 8.
    expect(found.chance[0][0]).toBeCloseTo((0.5 + 0.5 + 0.25) / 3, 10);
    expect(found.chance[1]).toEqual([0.375, 0.25, 0.375]);
    expect(found.rightByChance).toBeCloseTo(3 / 8, 10);
  });

  it('is the same from records', () => {
    const { dir } = keepRun(join(root, 'run'), root, { name: 'kept' });
    expect(superclassConfusion(loadRun(dir))).toEqual(found);
  });

  it('is not defined without superclasses, or if an image has nothing to be taken for', () => {
    fakeRun(join(root, 'plain'), { classes, groups, protocol: 'holdout:4', dimension: 6, images: 3 });
    expect(superclassConfusion(loadRun(join(root, 'plain')))).toHaveProperty('reason');
    fakeRun(join(root, 'loo'), { ...labels, groups: [[0], [1]], protocol: 'loo', images: 3 });
    expect(superclassConfusion(loadRun(join(root, 'loo')))).toEqual({
      reason: 'no fold holds out words of several superclasses, so an image has nothing to be taken for',
    });
  });
});

describe('the map of words', () => {
  const map = wordMap(data) as WordMap;

  it('has every word, and the mean of each held-out class with its cosine', () => {
    expect(map.classes.map(({ label }) => label)).toEqual(classes);
    expect(map.folds).toEqual(data.folds.map(({ record }) => record.id));
    for (const [c, { mean, cosine: shown }] of map.classes.entries()) {
      const fold = data.folds.find(({ heldOut }) => heldOut.some(({ index }) => index === c));
      expect(mean === null).toBe(fold === undefined);
      if (!fold) continue;
      const { last } = answersOf(fold).heldOut.find(({ index }) => index === c)!;
      const output = [0, 1, 2, 3, 4, 5].map(
        (j) =>
          Array.from({ length: 9 }, (_, i) => last[i * 6 + j]).reduce((a, b) => a + b, 0) / 9 - fold.mu[j],
      );
      expect(shown).toBeCloseTo(
        cosine(output, less(fold.space.targets.subarray(c * 6, c * 6 + 6), fold.mu)),
        6,
      );
    }
  });

  it('shows the directions of the largest variance: distances never exceed those in all dimensions', () => {
    expect(map.explained).toBeGreaterThan(2 / 6);
    expect(map.explained).toBeLessThan(1);
    for (const { word, mean, cosine: own } of map.classes) {
      if (!mean) continue;
      const distance = Math.hypot(word[0] - mean[0], word[1] - mean[1]);
      expect(distance).toBeLessThanOrEqual(Math.sqrt(2 - 2 * own!) + 1e-9);
    }
    const xs = map.classes.flatMap(({ word, mean }) => [word[0], ...(mean ? [mean[0]] : [])]);
    const ys = map.classes.flatMap(({ word, mean }) => [word[1], ...(mean ? [mean[1]] : [])]);
    const square = (values: number[]) => values.reduce((sum, value) => sum + value * value, 0);
    expect(square(xs)).toBeGreaterThan(square(ys));
    // The coordinates are float32.
    expect(xs.reduce((a, b) => a + b, 0)).toBeCloseTo(0, 6);
    expect(xs.reduce((sum, x, i) => sum + x * ys[i], 0)).toBeCloseTo(0, 6);
  });

  it('is the same map again', () => {
    expect(wordMap(loadRun(join(root, 'run')))).toEqual(map);
  });

  it('shows all of a space of two dimensions', () => {
    const dir = join(root, 'flat');
    fakeRun(dir, { ...labels, groups, protocol: 'holdout:4', images: 9, dimension: 2 });
    expect((wordMap(loadRun(dir)) as WordMap).explained).toBeCloseTo(1, 10);
  });

  it('needs the outputs', () => {
    const { dir } = keepRun(join(root, 'run'), root, { name: 'kept-again' });
    expect((wordMap(loadRun(dir)) as { reason: string }).reason).toMatch(
      /^only records of the folds are kept/,
    );
  });
});
