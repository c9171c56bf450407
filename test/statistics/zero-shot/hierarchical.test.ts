import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  hierarchicalBest,
  hierarchicalChance,
  hierarchicalPrecision,
} from '../../../src/statistics/zero-shot/hierarchical.js';

/** Three trees, two fish, one bus. */
const FAMILIES = [0, 0, 0, 1, 1, 2];

describe('hierarchical precision', () => {
  it('by hand', () => {
    // Answers from best to worst: tree 1, fish 3, tree 0 (the true label), tree 2, bus, fish 4.
    const scores = Float64Array.of(0.7, 0.9, 0.6, 0.8, 0.1, 0.5);
    expect(hierarchicalPrecision(scores, 0, FAMILIES, [1, 2, 3, 5, 6])).toEqual([
      0, // the true label is not the best
      1 / 2, // one of the two best is a tree
      2 / 3, // two of the three best are trees
      3 / 5, // all three trees are among the five best
      3 / 6,
    ]);
  });

  it('hp@1 is hit@1 of the true label, not of its superclass', () => {
    expect(hierarchicalPrecision(Float64Array.of(1, 2, 0, 0, 0, 0), 0, FAMILIES, [1])).toEqual([0]);
    expect(hierarchicalPrecision(Float64Array.of(2, 1, 0, 0, 0, 0), 0, FAMILIES, [1])).toEqual([1]);
  });

  it('a superclass with one label has only one correct answer', () => {
    const scores = Float64Array.of(0.1, 0.2, 0.3, 0.4, 0.5, 0.45);
    expect(hierarchicalPrecision(scores, 5, FAMILIES, [1, 2, 5])).toEqual([0, 1 / 2, 1 / 5]);
  });

  it('with all scores equal gives chance', () => {
    for (const [truth, size] of [
      [0, 3],
      [3, 2],
      [5, 1],
    ]) {
      const ks = [1, 2, 4, 6, 10];
      const equal = hierarchicalPrecision(new Float64Array(12), truth, FAMILIES, ks);
      for (const [q, chance] of hierarchicalChance(size, 6, ks).entries()) {
        expect(equal[q]).toBeCloseTo(chance, 12);
      }
    }
    expect(hierarchicalChance(3, 6, [1, 2])).toEqual([1 / 6, 1 / 2]);
    expect(hierarchicalBest(3, [1, 2, 3, 5])).toEqual([1, 1, 1, 3 / 5]);
  });

  it('equals sorting the labels and counting', () => {
    const row = fc.uniqueArray(fc.integer({ min: -1000, max: 1000 }), { minLength: 6, maxLength: 6 });
    fc.assert(
      fc.property(
        fc.array(row, { minLength: 1, maxLength: 5 }),
        fc.integer({ min: 0, max: 5 }),
        fc.integer({ min: 2, max: 6 }),
        (rows, truth, k) => {
          const family = FAMILIES.flatMap((f, c) => (f === FAMILIES[truth] ? [c] : []));
          const naive = rows.map((scores) => {
            const order = scores.map((_, c) => c).sort((a, b) => scores[b] - scores[a]);
            return order.slice(0, k).filter((c) => family.includes(c)).length / k;
          });
          const [value] = hierarchicalPrecision(Float64Array.from(rows.flat()), truth, FAMILIES, [k]);
          expect(value).toBeCloseTo(naive.reduce((a, b) => a + b, 0) / naive.length, 10);
        },
      ),
    );
  });
});
