import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cslsMatrix, hubness, kOccurrence, skewness } from '../../../src/statistics/zero-shot/hubness.js';
import { scoreMatrix } from '../../../src/statistics/zero-shot/scores.js';
import { centredCosine, prepareCandidates } from '../../../src/util/metrics.js';
import { unitRows } from '../../../src/util/unit-rows.js';

describe('k-occurrence', () => {
  it('by hand', () => {
    const scores = Float64Array.of(3, 2, 1, 0, /**/ 3, 0, 2, 1, /**/ 0, 3, 1, 2);
    expect([...kOccurrence(scores, 4, 1)]).toEqual([2, 1, 0, 0]);
    expect([...kOccurrence(scores, 4, 2)]).toEqual([2, 2, 1, 1]);
  });

  it('shares the last places among equal scores', () => {
    expect([...kOccurrence(Float64Array.of(1, 0, 0, 0), 4, 2)]).toEqual([1, 1 / 3, 1 / 3, 1 / 3]);
  });

  it('sums to k per query', () => {
    const row = fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 7, maxLength: 7 });
    fc.assert(
      fc.property(
        fc.array(row, { minLength: 1, maxLength: 9 }),
        fc.integer({ min: 1, max: 12 }),
        (rows, k) => {
          const counts = kOccurrence(Float64Array.from(rows.flat()), 7, k);
          expect(counts.reduce((a, b) => a + b, 0)).toBeCloseTo(rows.length * Math.min(k, 7), 9);
        },
      ),
    );
  });
});

describe('skewness', () => {
  it('is the third standardised moment', () => {
    // Mean 2, deviations −1, −1, −1 and 3: m2 = 3, m3 = 6.
    expect(skewness([1, 1, 1, 5])).toBeCloseTo(6 / 3 ** 1.5, 12);
    expect(skewness([1, 2, 3])).toBeCloseTo(0, 12);
    expect(skewness([4, 4, 4, 4])).toBe(0);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 50 }), { minLength: 3, maxLength: 30 }), (values) => {
        const n = values.length;
        const mean = values.reduce((a, b) => a + b, 0) / n;
        const moment = (p: number) => values.reduce((sum, x) => sum + (x - mean) ** p, 0) / n;
        const expected = moment(2) > 0 ? moment(3) / moment(2) ** 1.5 : 0;
        expect(skewness(values)).toBeCloseTo(expected, 8);
      }),
    );
  });

  it('names the hubs, and counts candidates that are never among the best', () => {
    const counts = new Float64Array(20).fill(5);
    counts[3] = 60;
    counts[4] = 0;
    const found = hubness(counts, 100);
    expect(found.hubs).toEqual([{ candidate: 3, count: 60 }]);
    expect([found.never, found.queries, found.k]).toEqual([1, 100, 10]);
    expect(found.skewness).toBeGreaterThan(3);
  });
});

describe('CSLS of a matrix', () => {
  const number = fc.integer({ min: -8, max: 8 }).map((x) => x / 4);
  const matrix = (rows: number) =>
    fc.array(number, { minLength: rows * 3, maxLength: rows * 3 }).map((values) => Float32Array.from(values));

  it('equals its definition, written out', () => {
    fc.assert(
      fc.property(matrix(4), matrix(6), matrix(5), (outputs, vectors, references) => {
        const mu = Float64Array.of(0.1, -0.2, 0.05);
        const k = 2;
        const candidates = prepareCandidates(vectors, mu);
        const found = cslsMatrix(scoreMatrix(outputs, candidates), candidates, references, k);
        const rows = (m: Float32Array) =>
          Array.from({ length: m.length / 3 }, (_, i) => m.subarray(i * 3, i * 3 + 3));
        const best = (values: number[]) =>
          values
            .sort((a, b) => b - a)
            .slice(0, k)
            .reduce((a, b) => a + b, 0) / k;
        for (const [i, x] of rows(outputs).entries()) {
          const own = best(rows(vectors).map((y) => centredCosine(x, y, mu)));
          for (const [c, y] of rows(vectors).entries()) {
            const near = best(rows(references).map((z) => centredCosine(z, y, mu)));
            expect(found[i * 6 + c]).toBeCloseTo(2 * centredCosine(x, y, mu) - own - near, 5);
          }
        }
      }),
    );
  });

  it('scores identical candidates equally', () => {
    const vectors = Float32Array.of(0.3, 0.1, 0.9, 0.2, 0.3, 0.1);
    const mu = Float64Array.of(0.01, 0.02);
    const candidates = prepareCandidates(vectors, mu);
    const outputs = Float32Array.of(1, 0, 0.4, 0.5);
    const found = cslsMatrix(scoreMatrix(outputs, candidates), candidates, outputs);
    expect(found[0]).toBe(found[2]);
    expect(found[3]).toBe(found[5]);
  });

  it('a row equal to μ has no direction', () => {
    expect([...unitRows(Float32Array.of(1, 2, 4, 6), Float64Array.of(1, 2))]).toEqual([
      0,
      0,
      Math.fround(0.6),
      Math.fround(0.8),
    ]);
  });
});
