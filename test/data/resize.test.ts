import { describe, expect, it } from 'vitest';
import { allocateSet } from '../../src/data/dataset.js';
import { resizeSet } from '../../src/data/resize.js';
import { LexelError } from '../../src/util/errors.js';
import { flatSet } from './helpers.js';

/** An image whose red increases along x and green along y; blue is constant. */
function ramp(size: number) {
  const set = allocateSet(1, size);
  for (let y = 0, i = 0; y < size; y++) {
    for (let x = 0; x < size; x++, i += 3) {
      set.pixels.set([(255 * (x + 0.5)) / size, (255 * (y + 0.5)) / size, 77], i);
    }
  }
  return set;
}

describe('resizeSet', () => {
  it('keeps images of one colour, and labels', () => {
    const flat = flatSet(
      [
        [10, 3],
        [255, 1],
      ],
      32,
    );
    for (const size of [8, 20, 33, 64]) {
      const out = resizeSet(flat, size);
      expect(out.size).toBe(size);
      expect([...out.labels]).toEqual([3, 1]);
      expect(out.pixels.subarray(0, size * size * 3).every((v) => v === 10)).toBe(true);
      expect(out.pixels.subarray(size * size * 3).every((v) => v === 255)).toBe(true);
    }
  });

  it('keeps linear ramps, except at the edges', () => {
    for (const size of [16, 24, 48, 64]) {
      const [out, expected] = [resizeSet(ramp(32), size).pixels, ramp(size).pixels];
      const margin = Math.ceil(size / 16);
      for (let y = margin; y < size - margin; y++) {
        for (let x = margin; x < size - margin; x++) {
          for (let c = 0; c < 3; c++) {
            const at = (y * size + x) * 3 + c;
            expect(Math.abs(out[at] - expected[at])).toBeLessThanOrEqual(2);
          }
        }
      }
    }
  });

  it('returns a set that has the size already unchanged, and refuses invalid sizes', () => {
    const set = ramp(32);
    expect(resizeSet(set, 32)).toBe(set);
    for (const size of [0, 7, 32.5, Number.NaN, 2000]) expect(() => resizeSet(set, size)).toThrow(LexelError);
  });
});
