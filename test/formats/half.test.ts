import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fromHalf, HALF_MAX, toHalf } from '../../src/formats/index.js';

const halfOf = (x: number) => toHalf([x])[0];
const nearby = (half: number) => fromHalf(Uint16Array.of(half))[0];

describe('half floats', () => {
  test('every bit pattern survives the conversion to float32 and back', () => {
    const all = Uint16Array.from({ length: 65536 }, (_, i) => i);
    const back = toHalf(fromHalf(all));
    const changed = [...all].filter((half) => back[half] !== half && !Number.isNaN(nearby(half)));
    expect(changed).toEqual([]);
    expect(nearby(back[0x7c01])).toBeNaN();
  });

  test('known values', () => {
    expect([...toHalf([0, 1, -2, 0.5, 65504, 2 ** -24, 2 ** -14])]).toEqual([
      0, 0x3c00, 0xc000, 0x3800, 0x7bff, 0x0001, 0x0400,
    ]);
    expect(halfOf(-0)).toBe(0x8000);
    expect(halfOf(Number.POSITIVE_INFINITY)).toBe(0x7c00);
    expect(nearby(halfOf(Number.NaN))).toBeNaN();
  });

  test('rounds ties to even and overflows to infinity', () => {
    expect(nearby(halfOf(2049))).toBe(2048);
    expect(nearby(halfOf(2051))).toBe(2052);
    expect(halfOf(2 ** -25)).toBe(0); // half of the smallest subnormal: even is zero
    expect(halfOf(1.5 * 2 ** -24)).toBe(2);
    expect(halfOf(65519)).toBe(0x7bff);
    expect(halfOf(65520)).toBe(0x7c00);
  });

  test('no other half is closer than the chosen one', () => {
    fc.assert(
      fc.property(fc.float({ min: -HALF_MAX, max: HALF_MAX, noNaN: true }), (x) => {
        const half = halfOf(x);
        const distance = Math.abs(nearby(half) - x);
        for (const other of [half - 1, half + 1]) {
          const value = nearby(other & 0xffff);
          if (!Number.isFinite(value)) continue;
          expect(Math.abs(value - x)).toBeGreaterThanOrEqual(distance);
          if (Math.abs(value - x) === distance && value !== nearby(half)) expect(half & 1).toBe(0);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
