/** The nearest rows of a matrix, by the native kernel if it is built. */

import { dotRows } from './dot-rows.js';
import { type TopRows, topRows, type WordMetric } from './top-rows.js';

/**
 * {@link topRows} with the fastest dot products of this machine.
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
