import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cslsScores, neighbourhoodMeans } from '../../src/util/csls.js';

/** The plain definition: sort, take k, average. */
function meanOfBest(values: readonly number[], k: number): number {
  const best = [...values].sort((a, b) => b - a).slice(0, k);
  return best.reduce((sum, value) => sum + value, 0) / best.length;
}

const cosine = fc.double({ min: -1, max: 1, noNaN: true });

describe('cslsScores', () => {
  it('equals 2·cos − r(query) − r(candidate), calculated by hand', () => {
    // r(query) = (0.75 + 0.5) / 2
    const out = new Float64Array(3);
    cslsScores(Float64Array.of(0.75, 0.5, -0.25), Float32Array.of(0.5, 0.25, 0), 2, out);
    expect([...out]).toEqual([1.5 - 0.625 - 0.5, 1 - 0.625 - 0.25, -0.5 - 0.625]);
  });

  it('ranks a word that is close to every image below a word that is close to this image only', () => {
    const hub = 0.5;
    const out = new Float64Array(2);
    cslsScores(Float64Array.of(0.5, 0.4), Float32Array.of(hub, 0.1), 1, out);
    expect(out[1]).toBeGreaterThan(out[0]);
  });

  it('keeps the order of the cosines if all candidates are equal hubs', () => {
    fc.assert(
      fc.property(fc.array(cosine, { minLength: 1, maxLength: 30 }), cosine, (values, hub) => {
        const out = new Float64Array(values.length);
        cslsScores(Float64Array.from(values), new Float32Array(values.length).fill(hub), 10, out);
        for (const [i, a] of values.entries()) {
          for (const [j, b] of values.entries()) if (a > b) expect(out[i]).toBeGreaterThanOrEqual(out[j]);
          for (const [j, b] of values.entries()) if (a === b) expect(out[i]).toBe(out[j]);
        }
      }),
    );
  });

  it('can write its result into its input', () => {
    const scores = Float64Array.of(0.2, 0.4);
    const apart = new Float64Array(2);
    cslsScores(scores, Float32Array.of(0.1, 0.3), 10, apart);
    cslsScores(scores, Float32Array.of(0.1, 0.3), 10, scores);
    expect(scores).toEqual(apart);
  });

  it('refuses arrays of different lengths and k below 1', () => {
    const two = new Float64Array(2);
    expect(() => cslsScores(two, new Float32Array(3), 10, two)).toThrow(/2 scores with 3 neighbourhoods/);
    expect(() => cslsScores(two, new Float32Array(2), 0, two)).toThrow(/k = 0/);
  });
});

describe('neighbourhoodMeans', () => {
  it('equals a sort of every row of dot products', () => {
    const number = fc.integer({ min: -8, max: 8 }).map((x) => x / 8);
    const matrix = fc.integer({ min: 1, max: 5 }).chain((d) =>
      fc.record({
        d: fc.constant(d),
        candidates: fc.array(fc.array(number, { minLength: d, maxLength: d }), { maxLength: 6 }),
        references: fc.array(fc.array(number, { minLength: d, maxLength: d }), {
          minLength: 1,
          maxLength: 15,
        }),
        k: fc.integer({ min: 1, max: 12 }),
      }),
    );
    fc.assert(
      fc.property(matrix, ({ d, candidates, references, k }) => {
        const means = neighbourhoodMeans(
          Float32Array.from(candidates.flat()),
          d,
          Float32Array.from(references.flat()),
          k,
        );
        expect(means).toHaveLength(candidates.length);
        for (const [c, row] of candidates.entries()) {
          const dots = references.map((reference) => reference.reduce((sum, x, j) => sum + x * row[j], 0));
          expect(means[c]).toBeCloseTo(meanOfBest(dots, k), 5);
        }
      }),
    );
  });

  it('gives identical candidates the same bits', () => {
    const row = [0.6, 0.8];
    const means = neighbourhoodMeans(
      Float32Array.from([...row, 1, 0, ...row]),
      2,
      Float32Array.of(0.3, 0.1, 0.7, 0.7),
      10,
    );
    expect(means[0]).toBe(means[2]);
  });

  it('refuses an empty list of references, and rows of the wrong length', () => {
    expect(() => neighbourhoodMeans(new Float32Array(4), 2, new Float32Array(0), 10)).toThrow(
      /at least one reference/,
    );
    expect(() => neighbourhoodMeans(new Float32Array(3), 2, new Float32Array(2), 10)).toThrow(/rows of 2/);
  });
});
