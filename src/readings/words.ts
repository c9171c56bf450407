/**
 * Words as the closed forms use them: unit vectors after subtracting the seen words' mean, so that all labels
 * have equal weight.
 */

import { unitRows } from '../util/unit-rows.js';
import type { ReadingBasis } from './reading.js';

/** Maps words of the recipe's space [m, d] to [m, d]. */
export const unitWords = ({ mean }: Pick<ReadingBasis, 'mean'>, words: Float32Array): Float64Array =>
  Float64Array.from(unitRows(words, mean));

/**
 * The seen classes whose word has a direction: their row indices among the class means, and their words,
 * float64 [rows, d].
 */
export function seenWords(basis: ReadingBasis): { rows: number[]; words: Float64Array } {
  const { seen, targets, dimension: d, directionless } = basis;
  const rows = [...seen.keys()].filter((row) => !directionless.has(seen[row]));
  const words = new Float32Array(rows.length * d);
  for (const [to, row] of rows.entries())
    words.set(targets.subarray(seen[row] * d, (seen[row] + 1) * d), to * d);
  return { rows, words: unitWords(basis, words) };
}
