/** Percentile bootstrap of a mean (Efron & Tibshirani, "An introduction to the bootstrap", 1993, chapter 13). */
import { mean, quantileSorted } from 'simple-statistics';
import { deriveKey, Random } from '../util/random.js';

/** A mean with its 95 % bootstrap interval; the interval is null for a single value. */
export interface Estimate {
  readonly mean: number;
  readonly low: number | null;
  readonly high: number | null;
}

/**
 * Returns a function that estimates the mean of `count` values. All calls use the same resamples, so that
 * differences between lists are paired.
 *
 * @param resamples number of resamples; default 2000
 */
export function resampler(
  count: number,
  seed: number,
  resamples = 2000,
): (values: readonly number[]) => Estimate {
  const random = new Random(deriveKey(seed, 'bootstrap', count));
  const rows = Uint32Array.from({ length: count < 2 ? 0 : count * resamples }, () => random.below(count));
  return (values) => {
    if (count < 2) return { mean: mean([...values]), low: null, high: null };
    const means = new Float64Array(resamples);
    for (let r = 0, at = 0; r < resamples; r++) {
      let sum = 0;
      for (let i = 0; i < count; i++) sum += values[rows[at++]];
      means[r] = sum / count;
    }
    const sorted = [...means.sort()];
    return {
      mean: mean([...values]),
      low: quantileSorted(sorted, 0.025),
      high: quantileSorted(sorted, 0.975),
    };
  };
}
