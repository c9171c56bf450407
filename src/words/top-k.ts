/** The nearest rows of a matrix, by the native kernel if it is built. */

import { dotRows } from './dot-rows.js';
import { type TopRows, topRows, type WordMetric } from './top-rows.js';

/**
 * The k rows of `matrix` [rows, dimension] with the highest scores; ties are in row order.
 *
 * Cosine: row · query / (‖row‖ ‖query‖). Zero rows have no direction and are skipped; a zero query finds no rows.
 * Euclidean: −‖row − query‖.
 *
 * @param query [dimension]
 * @param norms ‖row‖, [rows]
 * @param skip rows to exclude
 */
export function topK(
  matrix: Float32Array,
  rows: number,
  dimension: number,
  query: Float32Array,
  k: number,
  norms: Float32Array,
  metric: WordMetric = 'cosine',
  skip: ReadonlySet<number> = new Set(),
): TopRows {
  return topRows(matrix, rows, dimension, query, k, norms, metric, skip, dotRows);
}
