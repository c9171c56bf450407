import { describe, expect, it } from 'vitest';
import { conse } from '../../src/train/conse.js';

describe('ConSE', () => {
  it('is the mean of the most probable seen words, weighted by their probabilities', () => {
    // Four classes in the plane; class 2 was held out, so its high output is ignored.
    const space = { seen: [0, 1, 3], vectors: Float32Array.of(1, 0, 0, 1, 9, 9, -1, -1), dimension: 2 };
    const outputs = Float32Array.of(Math.log(6), Math.log(3), 50, Math.log(1), 5, 5, 5, 5);
    const all = conse(outputs, space, { top: 3 });
    // 0.6 (1, 0) + 0.3 (0, 1) + 0.1 (-1, -1)
    expect(all[0]).toBeCloseTo(0.5, 6);
    expect(all[1]).toBeCloseTo(0.2, 6);
    expect(all[2]).toBeCloseTo(0, 6);
    const two = conse(outputs, space, { top: 2 });
    expect([two[0], two[1]].map((x) => Math.round(x * 1e6) / 1e6)).toEqual([0.666667, 0.333333]);
    // Ties are broken by class order.
    expect([two[2], two[3]]).toEqual([0.5, 0.5]);
    expect([...conse(Float32Array.of(1e4, 0, 0, -1e4), space)]).toEqual([1, 0]);
  });
});
