import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { studentCdf, studentQuantile } from '../../src/statistics/evidence/student-t.js';

const TS = [0.1, 1, 2.5, 8, 30];

/** scipy 1.17.1: [float(scipy.stats.t.cdf(-t, freedom)) for t in (0.1, 1, 2.5, 8, 30)]. */
// biome-ignore format: one row per number of degrees of freedom
const LOWER_TAILS: Record<number, number[]> = {
  1: [0.4682744825694465, 0.25000000000000006, 0.12111894159084341, 0.039583424160565546, 0.010606402405535426],
  2: [0.4647327192070701, 0.2113248654051871, 0.06480586011075541, 0.00763403608266907, 0.0005546313409798295],
  3: [0.46332617440040297, 0.19550110947788524, 0.04385332350403278, 0.002038288793892733, 4.067640213581979e-5],
  5: [0.4621150705773302, 0.18160873382456144, 0.02724504967118813, 0.0002464533302862221, 3.8593243102480265e-7],
  18: [0.4607248441214552, 0.1652824656390921, 0.011154010116011116, 1.22536026610955e-7, 4.008484483565528e-17],
  98: [0.46027430577072675, 0.15988664375429407, 0.007039877687385991, 1.2684716970470447e-12, 1.733176161732424e-51],
  1000: [0.46018218451180204, 0.15877620904233627, 0.0062892839005454036, 1.7133307411957489e-15, 7.687343722021547e-142],
  20000: [0.46017266387240846, 0.15866130312395352, 0.006213637065997114, 6.557449298250233e-16, 9.331595143982585e-194],
};

/** scipy 1.17.1: [float(scipy.stats.t.ppf(p, freedom)) for p in (0.8, 0.975)]. */
const QUANTILES: Record<number, [number, number]> = {
  1: [1.3763819204711738, 12.706204736174694],
  4: [0.9409645772351816, 2.7764451051977934],
  19: [0.8609505502689286, 2.0930240544083087],
  99: [0.8452670319534972, 1.9842169515864174],
};

/** Degrees of freedom from 0.5 to 20,000, small ones as often as large ones. */
const freedoms = fc.double({ min: Math.log(0.5), max: Math.log(20_000), noNaN: true }).map(Math.exp);
const ts = fc.double({ min: 0, max: 50, noNaN: true });

const relativeError = (found: number, expected: number) => Math.abs(found / expected - 1);

describe("Student's t", () => {
  test.each(Object.entries(LOWER_TAILS))(
    'lower tails with %s degrees of freedom equal scipy',
    (freedom, tails) => {
      for (const [i, t] of TS.entries()) {
        expect(relativeError(studentCdf(-t, Number(freedom)), tails[i])).toBeLessThan(1e-12);
      }
    },
  );

  test.each(Object.entries(QUANTILES))(
    'quantiles with %s degrees of freedom equal scipy',
    (freedom, expected) => {
      for (const [i, p] of [0.8, 0.975].entries()) {
        expect(relativeError(studentQuantile(p, Number(freedom)), expected[i])).toBeLessThan(1e-12);
      }
    },
  );

  test('one and two degrees of freedom have the closed forms of arctangent and square root', () => {
    fc.assert(
      fc.property(ts, (t) => {
        expect(studentCdf(t, 1)).toBeCloseTo(0.5 + Math.atan(t) / Math.PI, 13);
        expect(studentCdf(t, 2)).toBeCloseTo(0.5 + t / (2 * Math.sqrt(2 + t * t)), 13);
      }),
    );
  });

  test('the distribution is symmetric about 0, rises with t, and its tail shrinks with more degrees of freedom', () => {
    fc.assert(
      fc.property(freedoms, ts, ts, (freedom, t, step) => {
        expect(studentCdf(-t, freedom) + studentCdf(t, freedom)).toBeCloseTo(1, 14);
        expect(studentCdf(-t - step, freedom)).toBeLessThanOrEqual(studentCdf(-t, freedom) * (1 + 1e-12));
        expect(studentCdf(-t, 2 * freedom)).toBeLessThanOrEqual(studentCdf(-t, freedom) * (1 + 1e-12));
      }),
    );
  });

  test('the quantile inverts the distribution function', () => {
    fc.assert(
      fc.property(freedoms, fc.double({ min: 0.5, max: 0.999, noNaN: true }), (freedom, p) => {
        expect(studentCdf(studentQuantile(p, freedom), freedom)).toBeCloseTo(p, 12);
      }),
    );
  });

  test('limits: 0, infinite t, and NaN', () => {
    expect(studentCdf(0, 7)).toBe(0.5);
    expect(studentCdf(Number.POSITIVE_INFINITY, 7)).toBe(1);
    expect(studentCdf(Number.NEGATIVE_INFINITY, 7)).toBe(0);
    expect(studentCdf(Number.NaN, 7)).toBeNaN();
    expect(studentCdf(1, Number.NaN)).toBeNaN();
  });
});
