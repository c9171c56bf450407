/** Dot products of the native addon compared with a plain loop, for every instruction set of this machine. */

import { describe, expect, it } from 'vitest';
import type { Isa } from '../../src/binding/isas.js';
import { loadNative } from '../../src/binding/native.js';
import { fromHalf, toHalf } from '../../src/formats/index.js';
import { deriveKey, Random } from '../../src/util/random.js';

const { addon, problem } = loadNative();
if (!addon) console.warn(`skipped: ${problem}`);

const random = new Random(deriveKey(5, 'dots'));
const draw = (count: number) => Float32Array.from({ length: count }, () => random.normal());

describe.each<Isa>(addon?.supported() ?? [])('%s', (isa) => {
  it.each([1, 2, 3, 4, 7, 8, 9, 15, 16, 17, 31, 32, 33, 50, 63, 64, 65, 100, 300, 1000])(
    '%i dimensions',
    (n) => {
      const rows = 37;
      const matrix = draw(rows * n);
      const query = draw(n);
      const scores = new Float32Array(rows);
      addon!.dots(isa, matrix, query, scores);
      for (let r = 0; r < rows; r++) {
        let sum = 0;
        for (let i = 0; i < n; i++) sum += matrix[r * n + i] * query[i];
        expect(Math.abs(scores[r] - sum)).toBeLessThan(1e-6 * n);
      }
    },
  );

  it.each([1, 3, 4, 7, 8, 15, 16, 17, 31, 33, 50, 100, 300])('%i dimensions of float16', (n) => {
    const rows = 21;
    // Includes tiny values: below 2^-14, float16 is subnormal.
    const halves = toHalf(draw(rows * n).map((x, i) => (i % 5 === 0 ? x * 1e-5 : x)));
    const wide = fromHalf(halves);
    const query = draw(n).map((x, i) => (i % 5 === 0 ? x * 1e5 : x));
    const scores = new Float32Array(rows);
    addon!.dots(isa, halves, query, scores);
    for (let r = 0; r < rows; r++) {
      let sum = 0;
      let size = 0;
      for (let i = 0; i < n; i++) {
        sum += wide[r * n + i] * query[i];
        size += Math.abs(wide[r * n + i] * query[i]);
      }
      expect(Math.abs(scores[r] - sum)).toBeLessThanOrEqual(1e-6 * size);
    }
    expect(() => addon!.dots(isa, halves.subarray(1), query, scores)).toThrow('rows x n');
  });

  it('converts every float16 value exactly', () => {
    const finite = Uint16Array.from({ length: 65536 }, (_, i) => i).filter((h) => (h & 0x7c00) !== 0x7c00);
    const scores = new Float32Array(finite.length);
    addon!.dots(isa, finite, Float32Array.of(1), scores);
    const expected = fromHalf(finite);
    expect(scores.every((x, i) => x === expected[i])).toBe(true);
  });

  it('accepts views into a larger array', () => {
    const whole = draw(101);
    const scores = new Float32Array(12);
    addon!.dots(isa, whole.subarray(1, 51), whole.subarray(51, 56), scores.subarray(1, 11));
    expect(scores[0]).toBe(0);
    expect(scores[11]).toBe(0);
    const first = [0, 1, 2, 3, 4].reduce((sum, i) => sum + whole[1 + i] * whole[51 + i], 0);
    expect(scores[1]).toBeCloseTo(first, 5);
  });

  it('refuses mismatching sizes', () => {
    expect(() => addon!.dots(isa, draw(10), draw(3), draw(3))).toThrow('rows x n');
    expect(() => addon!.dots('sse9' as Isa, draw(9), draw(3), draw(3))).toThrow('instruction set');
  });
});
