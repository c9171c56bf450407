import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { holm, leastP, signFlip, smallestDetectable } from '../../src/statistics/evidence/paired-test.js';
import { resamplingUnits, unitsText } from '../../src/statistics/evidence/units.js';
import { naiveSignFlip } from './naive.js';

/** Depression scores of Hollander & Wolfe (1973): nine patients, before and after treatment. */
const before = [1.83, 0.5, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.3];
const after = [0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29];
const scores = before.map((x, i) => x - after[i]);
const units = (of: number[]) => ({ by: 'class' as const, of, count: new Set(of).size });
const nine = units([...scores.keys()]);
const six = units([0, 0, 1, 2, 3, 4, 4, 5, 5]);

describe('sign-flip test', () => {
  test('equals scipy.stats.permutation_test for nine and for six units', () => {
    expect(signFlip(scores, nine, 1)).toEqual({ units: 9, differing: 9, p: 0.02734375, exact: true });
    expect(signFlip(scores, six, 1)).toEqual({ units: 6, differing: 6, p: 0.0625, exact: true });
  });

  test('agrees with enumerating every pattern', () => {
    const number = fc.integer({ min: -50, max: 50 });
    fc.assert(
      fc.property(fc.array(number, { minLength: 2, maxLength: 9 }), (values) => {
        const found = signFlip(values, units([...values.keys()]), 1);
        const differing = values.filter((x) => x !== 0);
        // The result of expect() is not returned, because fast-check takes false for a failed property.
        if (differing.length < 2) expect(found).toBeNull();
        else expect(found!.p).toBeCloseTo(naiveSignFlip(differing), 10);
      }),
      { numRuns: 100 },
    );
  });

  test('many units: random patterns, near the exact p, equal for equal seeds', () => {
    const values = Array.from({ length: 40 }, (_, i) => ((i * 37) % 40) - 13);
    const found = signFlip(values, units([...values.keys()]), 7)!;
    // The sum is 260 with a standard deviation of √Σx² = 84: about 3.1 standard errors.
    const z = 260 / Math.sqrt(values.reduce((sum, x) => sum + x * x, 0));
    expect(z).toBeCloseTo(3.1, 0);
    expect(found).toMatchObject({ units: 40, exact: false });
    expect(found.p).toBeGreaterThan(0.0005);
    expect(found.p).toBeLessThan(0.005);
    expect(signFlip(values, units([...values.keys()]), 7)).toEqual(found);
    const positive = Array.from({ length: 100 }, (_, i) => 1 + i);
    expect(signFlip(positive, units([...positive.keys()]), 1)!.p).toBe(1 / 20000);
  });

  test('differences within one unit count as one: siblings alone are no evidence', () => {
    const together = Array.from({ length: 20 }, () => 1);
    expect(signFlip(together, units([...together.keys()]), 1)!.p).toBeLessThan(1e-5);
    expect(signFlip(together, units(together.map((_, i) => i % 2)), 1)!.p).toBe(0.5);
    expect(signFlip(together, units(together.map(() => 0)), 1)).toBeNull();
    expect(signFlip([1, -1, 0], units([0, 0, 1]), 1)).toBeNull();
  });
});

test('differences that cancel up to rounding are zero', () => {
  const noise = Array.from({ length: 30 }, (_, i) => [0.1, 0.2, -0.3][i % 3]);
  const tens = units(noise.map((_, i) => Math.floor(i / 3)));
  expect(noise.slice(0, 3).reduce((a, b) => a + b)).not.toBe(0);
  expect(signFlip(noise, tens, 1)).toBeNull();
  expect(signFlip([0.1, 0.2, -0.3, 0.5], units([0, 0, 0, 1]), 1)).toBeNull();
});

test('the smallest possible p is that of differences of one sign', () => {
  for (const n of [2, 6, 20])
    expect(signFlip(Array(n).fill(1), units([...Array(n).keys()]), 1)!.p).toBe(leastP(n));
  expect(leastP(6)).toBe(1 / 32);
  expect(leastP(30)).toBe(1 / 20000);
});

test('the smallest detectable difference, compared with scipy', () => {
  expect(smallestDetectable(scores, nine)).toBeCloseTo(0.4545859674510964, 10);
  expect(smallestDetectable(scores, six)).toBeCloseTo(0.48542510338766237, 10);
  expect(smallestDetectable([1, 2], units([0, 0]))).toBeNull();
  // If no unit differs, the variation is unknown, so no difference can be called detectable.
  expect(smallestDetectable([0, 0, 0], units([0, 1, 2]))).toBeNull();
});

test('the correction of Holm, as computed by p.adjust in R', () => {
  expect(holm([0.01, 0.04, 0.03, 0.02]).map((p) => p!.toFixed(3))).toEqual([
    '0.040',
    '0.060',
    '0.060',
    '0.060',
  ]);
  expect(holm([0.5, null, 0.001])).toEqual([0.5, null, 0.002]);
  expect(holm([0.9, 0.8])).toEqual([1, 1]);
});

describe('resampling units', () => {
  const superclassOf = [0, 0, 1, 1, 2, 3, 4, 5];
  const of = (...targets: number[]) => targets.map((target) => ({ target }));

  test('superclasses if there are at least six, else classes', () => {
    expect(resamplingUnits(of(0, 1, 2, 3, 4, 5, 6, 7), superclassOf)).toEqual({
      by: 'superclass',
      count: 6,
      of: [0, 0, 1, 1, 2, 3, 4, 5],
    });
    const five = resamplingUnits(of(0, 1, 2, 4, 5, 6, 0), superclassOf);
    expect(five).toEqual({ by: 'class', count: 6, of: [0, 1, 2, 3, 4, 5, 0] });
    expect(resamplingUnits(of(0, 1, 2, 3, 4, 5, 6, 7), [])).toMatchObject({ by: 'class', count: 8 });
    expect([unitsText(five), unitsText({ by: 'superclass', count: 1 })]).toEqual([
      '6 classes',
      '1 superclass',
    ]);
  });
});
