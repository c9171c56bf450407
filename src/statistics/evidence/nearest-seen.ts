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
  const row = (c: number) => vectors.subarray(c * d, (c + 1) * d);
  const cosines = seen
    .map((c) => ({ c, cosine: centredCosine(row(index), row(c)) }))
    .sort((a, b) => b.cosine - a.cosine);
  return {
    class: cosines[0].c,
    cosine: cosines[0].cosine,
    five: mean(cosines.slice(0, 5).map(({ cosine }) => cosine)),
  };
}
