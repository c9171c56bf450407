/** The nearest seen word, by plain cosine of the labels' raw vectors. */
import { mean } from 'simple-statistics';
import { centredCosine } from '../../util/metrics.js';

export interface NearestSeen {
  /** Class index of the nearest seen word, and its cosine. */
  readonly class: number;
  readonly cosine: number;
  /** Mean cosine to the five nearest seen words. */
  readonly five: number;
}

/**
 * @param vectors float32 [classes, d], raw
 * @param index a class whose vector has a direction
 * @param seen at least one class; the vectors of all of them have a direction
 */
export function nearestSeen(
  vectors: Float32Array,
  d: number,
  index: number,
  seen: readonly number[],
): NearestSeen {
  const [first, ...others] = byCloseness(vectors, d, index, seen);
  return { ...first, five: mean([first, ...others.slice(0, 4)].map(({ cosine }) => cosine)) };
}

/** The seen words with their cosines, nearest first; parameters as of {@link nearestSeen}. */
export function byCloseness(
  vectors: Float32Array,
  d: number,
  index: number,
  seen: readonly number[],
): { readonly class: number; readonly cosine: number }[] {
  const row = (c: number) => vectors.subarray(c * d, (c + 1) * d);
  return seen
    .map((c) => ({ class: c, cosine: centredCosine(row(index), row(c)) }))
    .sort((a, b) => b.cosine - a.cosine);
}
