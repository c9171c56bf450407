/** Whether word vectors are of the space that something was trained in. */

import { centredCosine, type Floats } from '../util/metrics.js';

/**
 * Compares vectors that should be the same: files may differ, the space may not. Zero vectors, which have no direction, do
 * not count.
 * @param pairs a label's vector by each of the two
 */
export function compareVectors(pairs: Iterable<readonly [Floats, Floats]>): {
  readonly same: number;
  /** Most are the same. */
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
