import { describe, expect, test } from 'vitest';
import { spearman } from '../../src/statistics/evidence/correlation.js';

describe('Spearman correlation', () => {
  test('rho and p equal scipy.stats.spearmanr, with ties and without', () => {
    // scipy 1.17.1: spearmanr([1, 2, 2, 3, 5, 8, 8, 9, 10, 11], [2, 1, 4, 3, 3, 9, 7, 7, 12, 5])
    const tied = spearman([1, 2, 2, 3, 5, 8, 8, 9, 10, 11], [2, 1, 4, 3, 3, 9, 7, 7, 12, 5])!;
    expect(tied.rho).toBeCloseTo(0.7760736196319019, 13);
    expect(tied.p).toBeCloseTo(0.008311258854286034, 13);
    // spearmanr([1, 2, 3, 4, 5, 6], [2, 1, 4, 3, 6, 5])
    const distinct = spearman([1, 2, 3, 4, 5, 6], [2, 1, 4, 3, 6, 5])!;
    expect(distinct.rho).toBeCloseTo(0.8285714285714287, 13);
    expect(distinct.p).toBeCloseTo(0.04156268221574335, 13);
  });

  test('a perfect correlation has p = 0 and no interval', () => {
    expect(spearman([1, 2, 3, 4], [10, 20, 30, 40])).toEqual({
      n: 4,
      rho: expect.closeTo(1, 12),
      p: 0,
      interval: null,
    });
    expect(spearman([1, 2, 3, 4], [4, 3, 2, 1])?.rho).toBeCloseTo(-1, 12);
  });

  test('is null for a constant side and for fewer than three pairs', () => {
    expect(spearman([1, 1, 1], [1, 2, 3])).toBeNull();
    expect(spearman([1, 2], [1, 2])).toBeNull();
  });
});
