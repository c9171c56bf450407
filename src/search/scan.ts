/**
 * Exact search among images: scans every row for one query and keeps the best. Its speed is limited by memory
 * bandwidth.
 */
import { Best } from '../util/best.js';
// Imported directly, because the folder's index would load all of words/ in every thread, which takes 0.2 s.
import { dotRows } from '../words/dot-rows.js';

/** Row indices with their dot products, best first; ties are in row order. */
export interface Found {
  readonly rows: Int32Array;
  readonly scores: Float64Array;
}

/** Rows per block, so that the scores stay in cache. */
const PIECE = 4096;

/**
 * The k rows of `matrix` in [from, to) with the largest dot products with the query.
 *
 * @param matrix [rows, d], float32, or float16 as bit patterns
 * @param query float32 [d]
 */
export function scanRows(
  matrix: Float32Array | Uint16Array,
  query: Float32Array,
  from: number,
  to: number,
  k: number,
): Found {
  const d = query.length;
  const best = new Best(Math.max(0, Math.min(k, to - from)));
  for (let row = from; row < to; row += PIECE) {
    const end = Math.min(to, row + PIECE);
    const scores = dotRows(matrix.subarray(row * d, end * d), query);
    best.takeAll(scores, row);
  }
  return best.found();
}

/** Merges the results of several scans to the k best. */
export function mergeFound(parts: readonly Found[], k: number): Found {
  const all = parts.flatMap(({ rows, scores }) => Array.from(rows, (row, i) => ({ row, score: scores[i] })));
  all.sort((a, b) => b.score - a.score || a.row - b.row);
  all.length = Math.min(k, all.length);
  return { rows: Int32Array.from(all, (a) => a.row), scores: Float64Array.from(all, (a) => a.score) };
}
