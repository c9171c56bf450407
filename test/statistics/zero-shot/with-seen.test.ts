/** Measures that need the seen classes' test images: AUSUC class by class, and ranks with two constants. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { loadRun } from '../../../src/statistics/load.js';
import { measureRun } from '../../../src/statistics/measure-run.js';
import { summarise } from '../../../src/statistics/summary.js';
import { readSeenImages, zeroShotFold } from '../../../src/statistics/zero-shot/fold.js';
import { scoreMatrix } from '../../../src/statistics/zero-shot/scores.js';
import { twoConstantsMatrix } from '../../../src/statistics/zero-shot/two-constants.js';
import { centredCosine, prepareCandidates } from '../../../src/util/metrics.js';
import { fakeRun } from '../support/fake-run.js';

const root = mkdtempSync(join(tmpdir(), 'lexel-with-seen-'));
afterAll(() => rmSync(root, { recursive: true }));
const classes = Array.from({ length: 16 }, (_, c) => `class${c}`);
const groups = [
  [0, 1, 2, 3],
  [4, 5, 6, 7],
];
const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
const kept = join(root, 'kept');
fakeRun(kept, { classes, groups, protocol: 'holdout:4', seenImages: 5, signal: 0.8, images: 10 });
const data = loadRun(kept);
const { tables } = measureRun(data);

describe('AUSUC', () => {
  const summary = summarise(data, { permutations: 200, resamples: 50 });

  it("is the mean of the classes' contributions, and the area under the joint curve of all folds", () => {
    const own = tables.flatMap(({ own }) => own.map(({ withSeen }) => withSeen!.ausuc));
    expect(summary.headline.ausuc.value).toBeCloseTo(mean(own), 12);
    expect(summary.headline.ausuc.value).toBeCloseTo(summary.zeroShot.generalised!.ausuc, 10);
    expect(summary.headline.ausuc.value).toBeGreaterThan(0);
    expect(summary.classes.map((c) => c.withSeen!.ausuc)).toEqual(own);
  });

  it('under another name is the area after exchanging the names', () => {
    // Exchanges the names of classes 0 and 1 of the first fold, and of 5 and 7 of the second.
    const exchange = new Map([
      [0, 1],
      [1, 0],
      [5, 7],
      [7, 5],
    ]);
    const renamed = {
      ...data,
      folds: data.folds.map((fold) => ({
        ...fold,
        heldOut: fold.heldOut.map((held) => ({ ...held, index: exchange.get(held.index) ?? held.index })),
      })),
    };
    const expected = tables.flatMap(({ own, pairs }, f) =>
      groups[f].map(
        (c, at) => pairs.column('ausuc')[at * own.length + groups[f].indexOf(exchange.get(c) ?? c)],
      ),
    );
    expect(mean(expected)).not.toBeCloseTo(summary.headline.ausuc.value!, 3);
    expect(summarise(renamed, { permutations: 2, resamples: 2 }).zeroShot.generalised!.ausuc).toBeCloseTo(
      mean(expected),
      10,
    );
  });

  it('has its null and its chance in the headline', () => {
    const { permutationNull, chance } = summary.headline.ausuc;
    expect(permutationNull!.p).toBeLessThan(0.05);
    expect(chance).toBeCloseTo(1 / (2 * 4 * 12), 12);
    expect(summary.zeroShot.generalised!.permutationNull!.ausuc).toBe(permutationNull);
    const { seen: onSeen, unseen: onUnseen, ausuc } = summary.zeroShot.generalised!.chance;
    expect(ausuc).toBeCloseTo((onSeen * onUnseen) / 2, 12);
  });

  it('and the two constants are n/a if the seen images were not kept', () => {
    const bare = join(root, 'bare');
    fakeRun(bare, { classes, groups, protocol: 'holdout:4', seenImages: 0 });
    const {
      headline,
      classes: each,
      intervals,
    } = summarise(loadRun(bare), { permutations: 2, resamples: 2 });
    for (const name of ['ausuc', 'twoConstantsRank', 'twoConstantsHit5'] as const) {
      expect(headline[name]).toEqual({ value: null, chance: null, permutationNull: null });
      expect(intervals.of[name]).toBeNull();
    }
    expect(each[0].withSeen).toBeNull();
  });
});

describe('two constants', () => {
  const fold = zeroShotFold(data.folds[0]);
  const seen = readSeenImages(data.folds[0])!;
  const candidates = prepareCandidates(fold.targets, fold.mu, 'cosine');
  const scores = scoreMatrix(fold.heldOut[0].outputs, candidates);
  const moved = twoConstantsMatrix(scores, candidates, seen.outputs, fold.seen, new Set());

  it('are half the neighbourhood means of CSLS, averaged over seen and over unseen labels', () => {
    const d = fold.mu.length;
    const row = (matrix: Float32Array, i: number) => matrix.subarray(i * d, (i + 1) * d);
    const near = classes.map((_, c) => {
      const cosines = Array.from({ length: seen.labels.length }, (_, i) =>
        centredCosine(row(seen.outputs, i), row(fold.targets, c), fold.mu),
      );
      return mean(cosines.sort((a, b) => b - a).slice(0, 10));
    });
    const isSeen = (c: number) => fold.seen.includes(c);
    const side = (of: boolean) => mean(near.filter((_, c) => isSeen(c) === of)) / 2;
    for (const [i, score] of scores.entries()) {
      expect(moved[i]).toBeCloseTo(score - side(isSeen(i % classes.length)), 5);
    }
  });

  it('do not change the order within each side, and raise unseen labels', () => {
    const order = (matrix: Float64Array, among: number[]) =>
      [...among].sort((a, b) => matrix[b] - matrix[a] || a - b);
    const unseen = groups[0];
    const seenLabels = [...fold.seen];
    expect(order(moved, unseen)).toEqual(order(scores, unseen));
    expect(order(moved, seenLabels)).toEqual(order(scores, seenLabels));
    const ranks = (of: 'all' | 'two') =>
      mean(
        tables.flatMap(({ own }) =>
          own.map(({ all, withSeen }) => (of === 'all' ? all.rank : withSeen!.twoConstants.rank)),
        ),
      );
    expect(ranks('two')).toBeLessThan(ranks('all'));
  });

  it('skip labels without a direction', () => {
    const without = prepareCandidates(fold.targets, fold.mu, 'cosine', new Set([8]));
    const found = twoConstantsMatrix(
      scoreMatrix(fold.heldOut[0].outputs, without),
      without,
      seen.outputs,
      fold.seen,
      new Set([8]),
    );
    expect(found[8]).toBe(Number.NEGATIVE_INFINITY);
    expect(found.filter((_, i) => i % 16 !== 8).every(Number.isFinite)).toBe(true);
  });
});
