/**
 * Tests of paired differences by flipping the signs of whole units (Fisher's randomisation test; Winkler et
 * al. 2014 for exchangeable blocks), the smallest detectable difference, and Holm's correction.
 */
import { mean } from 'simple-statistics';
import { deriveKey, Random } from '../../util/random.js';
import type { DeepReadonly } from '../../util/read-only.js';
import { count } from '../../util/schema-parts.js';
import * as z from '../../util/zod.js';
import { studentQuantile } from './student-t.js';
import type { ResamplingUnits } from './units.js';

/**
 * Up to this many differing units, all sign patterns are tried: 2¹⁹, because opposite patterns are equally
 * far from 0.
 */
const EXACT_UNITS = 20;
/** Number of random patterns if there are more units. */
const PATTERNS = 19_999;
/** Sums whose difference is at most this share of the summed magnitudes count as equal. */
const ROUNDING = 1e-11;

export const signFlipTestSchema = z.object({
  /** Number of units, and how many of them differ. */
  units: count,
  differing: count,
  /** Two-sided p-value: the share of sign patterns whose sum is at least as far from 0. */
  p: z.number(),
  /** Whether all patterns were tried. */
  exact: z.boolean(),
});
export type SignFlipTest = DeepReadonly<z.infer<typeof signFlipTestSchema>>;

/**
 * Tests whether differences are symmetric about 0 when whole units change their sign.
 * @param differences one per entry; their sum is the statistic
 * @returns null if fewer than two units differ
 */
export function signFlip(
  differences: readonly number[],
  units: ResamplingUnits,
  seed: number,
): SignFlipTest | null {
  const { differing, size } = unitSums(differences, units);
  if (differing.length < 2) return null;
  const observed = Math.abs(differing.reduce((total, sum) => total + sum, 0));
  // The same numbers summed in another order may differ in the last bits.
  const limit = observed - ROUNDING * size;
  const exact = differing.length <= EXACT_UNITS;
  const p = exact ? allPatterns(differing, limit) : randomPatterns(differing, limit, seed);
  return { units: units.count, differing: differing.length, p, exact };
}

/**
 * The sums of the units that differ, and the sum of all magnitudes. A unit whose differences cancel up to
 * rounding does not differ.
 */
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

/**
 * Enumerates patterns in Gray code order, so each differs from the previous one in a single sign. The last
 * sign is fixed, which halves the work.
 */
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
 * The smallest true mean difference that a two-sided test at 5 % would detect with a power of 80 %: (t₀.₉₇₅ +
 * t₀.₈) standard errors of a mean of independent units, with any dependence within units.
 * @returns null if fewer than two units differ, because their variation is then unknown
 */
export function smallestDetectable(differences: readonly number[], units: ResamplingUnits): number | null {
  const u = units.count;
  if (unitSums(differences, units).differing.length < 2) return null;
  const centre = mean([...differences]);
  const residuals = new Float64Array(u);
  for (const [i, unit] of units.of.entries()) residuals[unit] += differences[i] - centre;
  const squares = residuals.reduce((sum, residual) => sum + residual * residual, 0);
  const error = Math.sqrt((u / (u - 1)) * squares) / differences.length;
  return (studentQuantile(0.975, u - 1) + studentQuantile(0.8, u - 1)) * error;
}

/** The smallest p-value that this many units allow; no correction over several tests can lower it. */
export function leastP(units: number): number {
  return units <= EXACT_UNITS ? 2 ** (1 - units) : 1 / (1 + PATTERNS);
}

/** Holm's step-down correction (1979), in the given order; null (no test) is skipped. */
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
