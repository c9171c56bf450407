import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RECIPE_NAMES, type RecipeName, recipeName, targetSpace, widthOf } from '../../src/train/index.js';
import { shrunkCovariance, topDirections, whitening } from '../../src/train/vector-statistics.js';
import { deriveKey, Random } from '../../src/util/random.js';

const NAMES = RECIPE_NAMES.map(({ name }) => name);

/** Vectors similar to real word vectors: with a common direction, and fewer vectors than dimensions. */
function someVectors(classes: number, d: number, seed = 1): Float32Array {
  const random = new Random(deriveKey(seed, 'vectors'));
  const common = Array.from({ length: d }, () => random.normal());
  return Float32Array.from({ length: classes * d }, (_, i) => 0.7 * common[i % d] + 0.4 * random.normal());
}

const row = (matrix: Float32Array, d: number, i: number) => [...matrix.subarray(i * d, (i + 1) * d)];
const dot = (a: number[], b: number[]) => a.reduce((sum, x, j) => sum + x * b[j], 0);

const setting = fc.record({
  name: fc.constantFrom(...NAMES),
  classes: fc.integer({ min: 4, max: 14 }),
  d: fc.integer({ min: 2, max: 12 }),
  seed: fc.nat(),
});

describe('a recipe', () => {
  it('does not depend on held-out vectors', () => {
    fc.assert(
      fc.property(setting, ({ name, classes, d, seed }) => {
        const vectors = someVectors(classes, d, seed);
        const heldOut = [1, classes - 1];
        const other = vectors.slice();
        for (const c of heldOut) for (let j = 0; j < d; j++) other[c * d + j] = 100 - j;
        const [first, second] = [vectors, other].map((v) => targetSpace(name, v, d, heldOut));
        expect(second.numbers).toEqual(first.numbers);
        expect(second.mean).toEqual(first.mean);
        for (let c = 0; c < classes; c++)
          if (!heldOut.includes(c)) expect(row(second.targets, d, c)).toEqual(row(first.targets, d, c));
      }),
      { numRuns: 60, seed: 1 },
    );
  });

  it('maps other words in the same way as labels', () => {
    fc.assert(
      fc.property(setting, ({ name, classes, d, seed }) => {
        const vectors = someVectors(classes, d, seed);
        const space = targetSpace(name, vectors, d, [0]);
        expect(space.transform(vectors.slice(0, 2 * d))).toEqual(space.targets.slice(0, 2 * d));
      }),
      { numRuns: 30, seed: 1 },
    );
  });

  it('has the mean of the seen targets, and maps outputs to the space of its targets', () => {
    const [classes, d] = [9, 6];
    const vectors = someVectors(classes, d);
    for (const name of NAMES) {
      const { targets, mean, numbers, heads, answers } = targetSpace(name, vectors, d, [4]);
      const seen = [0, 1, 2, 3, 5, 6, 7, 8];
      for (let j = 0; j < d; j++) {
        const expected = seen.reduce((sum, c) => sum + targets[c * d + j], 0) / seen.length;
        expect(mean[j]).toBeCloseTo(expected, 6);
      }
      // The outputs of a second head are not part of a point.
      const width = d + (name === 'joint' ? classes : 0);
      expect(widthOf(heads)).toBe(width);
      const outputs = someVectors(3, width, 5);
      const placed = answers(outputs);
      if (!numbers.unit)
        for (let i = 0; i < 3; i++) expect(row(placed, d, i)).toEqual(row(outputs, width, i).slice(0, d));
      else {
        for (let c = 0; c < classes; c++) {
          const t = row(targets, d, c);
          expect(dot(t, t)).toBeCloseTo(1, 6);
        }
        const o = row(placed, d, 2);
        expect(dot(o, o)).toBeCloseTo(1, 6);
        expect(dot(o, row(outputs, d, 2))).toBeCloseTo(Math.hypot(...row(outputs, d, 2)), 6);
      }
    }
    expect([...targetSpace('unit', new Float32Array(4), 2, []).targets]).toEqual([0, 0, 0, 0]);
  });

  it('poster uses the raw vectors; centred subtracts the seen mean', () => {
    const vectors = Float32Array.of(1, 2, 3, 4, 50, 60, 5, 9);
    expect(targetSpace('poster', vectors, 2, [2]).targets).toEqual(vectors);
    const centred = targetSpace('centred', vectors, 2, [2]);
    expect([...centred.targets]).toEqual([-2, -3, 0, -1, 47, 55, 2, 4]);
    expect([...centred.mean]).toEqual([0, 0]);
  });

  it('abtt removes only the strongest direction of the seen classes', () => {
    // Seen vectors vary most along (3, 4, 0) / 5 and a little perpendicular to it.
    const strong = [-3, -1, 2, 4, -2];
    const weak = [0.1, -0.2, 0.3, 0.1, -0.3];
    const rows = strong.map((s, i) => [0.6 * s - 0.8 * weak[i] + 7, 0.8 * s + 0.6 * weak[i] - 2, 3]);
    const { targets } = targetSpace('abtt', Float32Array.from(rows.flat()), 3, []);
    // The strongest direction is only close to (0.6, 0.8, 0), because the two components are slightly correlated.
    for (let i = 0; i < rows.length; i++) {
      const [x, y, z] = row(targets, 3, i);
      expect(z).toBeCloseTo(0, 5);
      expect(Math.abs(0.6 * x + 0.8 * y)).toBeLessThan(0.05);
      expect(-0.8 * x + 0.6 * y).toBeCloseTo(weak[i], 0);
    }
    const directions = (d: number) => topDirections(d);
    expect([20, 50, 100, 149, 300].map(directions)).toEqual([1, 1, 1, 1, 3]);
  });

  it('whitened transforms the shrunken covariance to the identity', () => {
    const [classes, d] = [20, 8];
    const vectors = someVectors(classes, d);
    const rows = Array.from({ length: 15 }, (_, c) => c);
    const matrix = whitening(vectors, d, rows);
    const { covariance } = shrunkCovariance(vectors, d, rows);
    for (let i = 0; i < d; i++) {
      for (let j = 0; j < d; j++) {
        let value = 0;
        for (let k = 0; k < d; k++)
          for (let l = 0; l < d; l++) value += matrix[i * d + k] * covariance[k * d + l] * matrix[j * d + l];
        expect(value).toBeCloseTo(i === j ? 1 : 0, 4);
        expect(matrix[i * d + j]).toBeCloseTo(matrix[j * d + i], 6);
      }
    }
  });

  it('shrinks the covariance like scikit-learn', () => {
    // sklearn.covariance.ledoit_wolf (scikit-learn 1.9.1) on the same numbers.
    const [n, d] = [7, 5];
    const x = Float32Array.from({ length: n * d }, (_, at) => {
      const [i, j] = [Math.floor(at / d), at % d];
      return Math.sin(1 + 7 * i + 3 * j) * (1 + j / 3);
    });
    const { covariance, shrinkage } = shrunkCovariance(x, d, [0, 1, 2, 3, 4, 5, 6]);
    expect(shrinkage).toBeCloseTo(0.08480641341409657, 10);
    const expected = [
      0.6952108683656169, -0.7296690348734817, 0.8851216373763736, -1.008529494930482, 1.0905152090038557,
    ];
    for (const [j, value] of expected.entries()) expect(covariance[j]).toBeCloseTo(value, 10);
    expect(shrunkCovariance(new Float32Array(6).fill(2), 2, [0, 1, 2]).shrinkage).toBe(1);
  });

  it('with an unknown name is rejected with a list of known ones', () => {
    expect(() => recipeName('pster' as RecipeName)).toThrow('unknown recipe "pster"');
    for (const name of NAMES) expect(recipeName(name)).toBe(name);
  });
});
