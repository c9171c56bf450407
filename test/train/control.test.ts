import { describe, expect, it } from 'vitest';
import { controlName, controlVectors } from '../../src/train/index.js';
import { DIMENSION, tinyVectors } from './tiny.js';

const CLASSES = 40;
const vectors = tinyVectors(CLASSES);
const rows = (matrix: Float32Array) =>
  Array.from({ length: CLASSES }, (_, c) => [...matrix.subarray(c * DIMENSION, (c + 1) * DIMENSION)]);
const cosine = (a: number[], b: number[]) =>
  a.reduce((sum, x, j) => sum + x * b[j], 0) / Math.hypot(...a) / Math.hypot(...b);

describe('a control', () => {
  it('permuted: a permutation of the vectors that depends on the seed', () => {
    const permuted = rows(controlVectors('permuted', vectors, DIMENSION, 3));
    const own = rows(vectors);
    expect(permuted.map(String).sort()).toEqual(own.map(String).sort());
    // A random permutation has one fixed point on average.
    expect(permuted.filter((row, c) => String(row) === String(own[c])).length).toBeLessThan(6);
    expect(rows(controlVectors('permuted', vectors, DIMENSION, 3))).toEqual(permuted);
    expect(rows(controlVectors('permuted', vectors, DIMENSION, 4))).not.toEqual(permuted);
  });

  it('random: keeps the length of each vector, but not its direction', () => {
    const made = rows(controlVectors('random', vectors, DIMENSION, 3));
    const own = rows(vectors);
    let sum = 0;
    for (const [c, row] of made.entries()) {
      expect(Math.hypot(...row)).toBeCloseTo(Math.hypot(...own[c]), 5);
      sum += cosine(row, own[c]);
    }
    // Cosines of independent directions have mean 0 and standard deviation 1/sqrt(6).
    expect(Math.abs(sum / CLASSES)).toBeLessThan(4 / Math.sqrt(DIMENSION * CLASSES));
    expect(rows(controlVectors('random', vectors, DIMENSION, 3))).toEqual(made);
    expect(rows(controlVectors('random', vectors, DIMENSION, 4))).not.toEqual(made);
  });

  it('does not change the vectors if there is none', () => {
    expect(controlVectors(undefined, vectors, DIMENSION, 3)).toBe(vectors);
  });

  it('with an unknown name is rejected with a list of known ones', () => {
    expect(() => controlName('placebo')).toThrow('unknown control "placebo"');
    expect(controlName('permuted')).toBe('permuted');
  });
});
