/**
 * Tests of paired differences whose signs are flipped unit by unit (Fisher's randomisation test; Winkler et al. 2014 for
 * exchangeable blocks), the smallest difference such a comparison could have seen, and Holm's correction.
 */
import tCdf from '@stdlib/stats-base-dists-t-cdf';
import { mean } from 'simple-statistics';
import { z } from 'zod';
import { deriveKey, Random } from '../../util/random.js';
import type { DeepReadonly } from '../../util/read-only.js';
import { count } from '../../util/schema-parts.js';
import type { ResamplingUnits } from './units.js';

/** All sign patterns are tried up to this many units that differ: 2¹⁹, since opposite patterns are equally far from 0. */
const EXACT_UNITS = 20;
/** Beyond: as many patterns at random. */
const PATTERNS = 19_999;
/** Sums that differ by no more than this share of what is summed are equal. */
const ROUNDING = 1e-11;

export const signFlipTestSchema = z.object({
  /** Units, and how many of them differ. */
  units: count,
  differing: count,
  /** Two-sided: share of the sign patterns whose sum is at least as far from 0. */
  p: z.number(),
  /** Whether all patterns were tried. */
  exact: z.boolean(),
});
export type SignFlipTest = DeepReadonly<z.infer<typeof signFlipTestSchema>>;

/**
 * Whether differences are symmetric about 0, when whole units change their sign.
 * @param differences one an entry; their sum is the statistic
 * @returns null where fewer than two units differ
 */
export function signFlip(
  differences: readonly number[],
  units: ResamplingUnits,
  seed: number,
): SignFlipTest | null {
  const { differing, size } = unitSums(differences, units);
  if (differing.length < 2) return null;
  const observed = Math.abs(differing.reduce((total, sum) => total + sum, 0));
  // Sums of the same numbers in another order may differ in their last bits.
  const limit = observed - ROUNDING * size;
  const exact = differing.length <= EXACT_UNITS;
  const p = exact ? allPatterns(differing, limit) : randomPatterns(differing, limit, seed);
  return { units: units.count, differing: differing.length, p, exact };
}

/** The sums of the units that differ, and the sum of all magnitudes. Differences that cancel but for rounding are none. */
function unitSums(differences: readonly number[], units: ResamplingUnits) {
  const sums = new Float64Array(units.count);
  const sizes = new Float64Array(units.count);
  for (const [i, unit] of units.of.entries()) {
    sums[unit] += differences[i];
    sizes[unit] += Math.abs(differences[i]);
  }
  return {
    differing: sums.filter((sum, u) => Math.abs(sum) > ROUNDING * sizes[u]),
    size: sizes.reduce((total, own) => total + own, 0),
  };
}

/** In Gray's order each pattern differs from the one before in one sign. The last sign stays, which halves the work. */
function allPatterns(sums: Float64Array, limit: number): number {
  const patterns = 2 ** (sums.length - 1);
  let total = sums.reduce((a, b) => a + b, 0);
  const signs = new Int8Array(sums.length).fill(1);
  let asFar = Math.abs(total) >= limit ? 1 : 0;
  for (let n = 1; n < patterns; n++) {
    const flipped = 31 - Math.clz32(n & -n);
    signs[flipped] = -signs[flipped];
    total += 2 * signs[flipped] * sums[flipped];
    if (Math.abs(total) >= limit) asFar++;
  }
  return asFar / patterns;
}

function randomPatterns(sums: Float64Array, limit: number, seed: number): number {
  const random = new Random(deriveKey(seed, 'sign-flip'));
  let asFar = 0;
  for (let n = 0; n < PATTERNS; n++) {
    let total = 0;
    for (let u = 0, bits = 0; u < sums.length; u++, bits >>>= 1) {
      if (u % 32 === 0) bits = random.uint32();
      total += bits & 1 ? sums[u] : -sums[u];
    }
    if (Math.abs(total) >= limit) asFar++;
  }
  return (1 + asFar) / (1 + PATTERNS);
}

/**
 * The smallest true mean difference that a two-sided test at 5 % would have found in 80 % of such comparisons:
 * (t₀.₉₇₅ + t₀.₈) standard errors of a mean of units that are independent, whatever happens within them.
 * @returns null where fewer than two units differ: nothing is known of how they vary
 */
export function smallestDetectable(differences: readonly number[], units: ResamplingUnits): number | null {
  const u = units.count;
  if (unitSums(differences, units).differing.length < 2) return null;
  const centre = mean([...differences]);
  const residuals = new Float64Array(u);
  for (const [i, unit] of units.of.entries()) residuals[unit] += differences[i] - centre;
  const squares = residuals.reduce((sum, residual) => sum + residual * residual, 0);
  const error = Math.sqrt((u / (u - 1)) * squares) / differences.length;
  return (tQuantile(0.975, u - 1) + tQuantile(0.8, u - 1)) * error;
}

/** The least p that so many units allow: no correction over many tests can make less of it. */
export function leastP(units: number): number {
  return units <= EXACT_UNITS ? 2 ** (1 - units) : 1 / (1 + PATTERNS);
}

/** Quantile of Student's t, by bisection; `p` above one half. */
function tQuantile(p: number, freedom: number): number {
  let [low, high] = [0, 1];
  while (tCdf(high, freedom) < p) high *= 2;
  for (let n = 0; n < 60; n++) {
    const middle = (low + high) / 2;
    if (tCdf(middle, freedom) < p) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** Holm's step-down correction (1979), in the order given; null (no test) takes no part. */
export function holm(ps: readonly (number | null)[]): (number | null)[] {
  const order = [...ps.keys()].filter((i) => ps[i] !== null).sort((a, b) => ps[a]! - ps[b]!);
  const adjusted: (number | null)[] = ps.map(() => null);
  let largest = 0;
  for (const [k, i] of order.entries()) {
    largest = Math.max(largest, Math.min(1, (order.length - k) * ps[i]!));
    adjusted[i] = largest;
  }
  return adjusted;
}
