/** Checks whether word vectors belong to the space that a model was trained in. */

import { centredCosine, type Floats } from '../util/metrics.js';

/**
 * Compares pairs of vectors that should be equal: they may come from different files, but not from different spaces.
 * Zero vectors are ignored because they have no direction.
 * @param pairs for each label, its vectors from the two sources
 */
export function compareVectors(pairs: Iterable<readonly [Floats, Floats]>): {
  /** Number of equal pairs. */
  readonly same: number;
  /** Whether some pairs are equal and at least half are. */
  readonly agree: boolean;
} {
  const isZero = (vector: Floats) => vector.every((x: number) => x === 0);
  let same = 0;
  let different = 0;
  for (const [first, second] of pairs) {
    if (isZero(first) || isZero(second)) continue;
    if (centredCosine(first, second) > 0.999) same++;
    else different++;
  }
  return { same, agree: same > 0 && different <= same };
}
