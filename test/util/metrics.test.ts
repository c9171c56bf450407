import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  centredCosine,
  classMetrics,
  hitAt,
  meanRank,
  meanRow,
  mse,
  placesOf,
  prepareCandidates,
  rankOutputs,
} from '../../src/util/metrics.js';

const f32 = (...values: number[]) => Float32Array.from(values);

describe('losses and cosines', () => {
  it('averages the squared error over dimensions, then over images', () => {
    expect(mse(f32(1, 2, 3, 4), f32(1, 0))).toBe((0 + 4 + 4 + 16) / 4);
    expect(() => mse(f32(1, 2, 3), f32(1, 0))).toThrow('3 values cannot have rows of 2');
  });
  it('centres on the mean vector', () => {
    expect(centredCosine(f32(2, 1), f32(1, 2), f32(1, 1))).toBe(0);
    expect(centredCosine(f32(3, 1), f32(2, 1), f32(1, 1))).toBe(1);
    expect(centredCosine(f32(1, 1), f32(2, 1), f32(1, 1))).toBe(0);
    expect(meanRow(f32(1, 2, 3, 4, 5, 9), 2, [0, 2])).toEqual(Float64Array.of(3, 5.5));
  });
});

describe('ranks', () => {
  const mu = f32(0, 0);
  it('counts ties as one half, in ranks and hits', () => {
    const candidates = prepareCandidates(f32(1, 0, 2, 0, 0, 1), mu);
    const found = rankOutputs(f32(1, 0, 0, 1), 0, candidates);
    // Candidates 0 and 1 have the same direction: a tie for rank 1 on image 0, and for rank 2 on image 1.
    expect([meanRank(found), placesOf(found)]).toEqual([2, 4]);
    expect(hitAt(found, 1)).toBe(0.25);
    expect(hitAt(found, 2)).toBe(0.75);
    expect(hitAt(found, 3)).toBe(1);
  });
  it('ranks by distance for euclidean', () => {
    const candidates = prepareCandidates(f32(1, 0, 5, 0, 0, 1), mu, 'euclidean');
    expect(meanRank(rankOutputs(f32(4, 0), [1], candidates))).toBe(1);
    expect(meanRank(rankOutputs(f32(4, 0), [0], candidates))).toBe(2);
  });
  it('gives chance results if the output is the mean vector', () => {
    const candidates = prepareCandidates(f32(1, 0, 2, 1, 0, 1, 5, 5), f32(2, 2));
    const found = rankOutputs(f32(2, 2), 2, candidates);
    expect(meanRank(found)).toBe(2.5);
    expect(hitAt(found, 1)).toBe(0.25);
  });
  it('refuses a true word that is not a candidate', () => {
    expect(() => rankOutputs(f32(1, 1), 7, prepareCandidates(f32(1, 0), mu))).toThrow(
      'candidate 7 of image 0',
    );
  });
  it('equals a sort of plain cosines (property)', () => {
    // float32, like vectors: squares of the smallest doubles would underflow.
    const value = fc.float({ min: -1, max: 1, noNaN: true });
    fc.assert(
      fc.property(
        fc.array(fc.tuple(value, value, value), { minLength: 2, maxLength: 12 }),
        fc.tuple(value, value, value),
        (rows, output) => {
          const flat = Float64Array.from(rows.flat());
          const center = meanRow(flat, 3);
          const candidates = prepareCandidates(flat, center);
          const found = rankOutputs(Float64Array.from(output), 0, candidates);
          const cosines = rows.map((row) =>
            centredCosine(Float64Array.from(output), Float64Array.from(row), center),
          );
          const clearlyAbove = cosines.filter((c) => c > cosines[0] + 1e-9).length;
          const notBelow = cosines.filter((c) => c > cosines[0] - 1e-9).length;
          expect(found.above[0]).toBeGreaterThanOrEqual(clearlyAbove);
          expect(found.above[0] + found.tied[0]).toBeLessThan(notBelow);
        },
      ),
    );
  });
});

it('computes all measures of a class', () => {
  const candidates = prepareCandidates(f32(2, 0, 0, 2, -2, -2), f32(0, 0));
  const found = classMetrics(f32(1, 0, 1, 1), f32(2, 0), 0, candidates);
  expect(found.loss).toBe((1 + 0 + 1 + 1) / 4);
  expect(found.skill).toBe(1 - 0.75 / 2);
  expect(found.rank).toBe(1.25);
  expect(found.hit1).toBe(0.75);
  expect(found.centredCosine).toBeCloseTo(2 / Math.sqrt(5), 12);
});
