/** Words as the closed forms take them: less the seen words' mean, at unit length, so that no label weighs more than another. */

import { unitRows } from '../util/unit-rows.js';
import type { ReadingBasis } from './reading.js';

/** Words of the recipe's space [m, d], [m, d]. */
export const unitWords = ({ mean }: Pick<ReadingBasis, 'mean'>, words: Float32Array): Float64Array =>
  Float64Array.from(unitRows(words, mean));

/** The seen classes that have a direction: their rows among the class means, and their words, float64 [rows, d]. */
export function taughtWords(basis: ReadingBasis): { rows: number[]; words: Float64Array } {
  const { seen, targets, dimension: d, directionless } = basis;
  const rows = [...seen.keys()].filter((row) => !directionless.has(seen[row]));
  const words = new Float32Array(rows.length * d);
  for (const [to, row] of rows.entries())
    words.set(targets.subarray(seen[row] * d, (seen[row] + 1) * d), to * d);
  return { rows, words: unitWords(basis, words) };
}
