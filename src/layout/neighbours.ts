/** Exact nearest neighbours by Euclidean distance: each query is compared with every row. */
// Imported directly, because the folder's index would load all of words/ in the worker thread.
import { topK } from '../words/top-k.js';
import { rowNorms } from '../words/top-rows.js';

/** For each query its k nearest rows, nearest first; equal distances are in row order. */
export interface Neighbours {
  readonly k: number;
  /** int32 [n, k] */
  readonly rows: Int32Array;
  /** float32 [n, k] */
  readonly distances: Float32Array;
}

/** Called with the share of the work that is done, 0 to 1. */
export type Progress = (done: number) => void;

/** Queries between two calls of a {@link Progress}. */
const PIECE = 256;

/**
 * The k nearest rows of each query. Distances are computed in float64 from the rows themselves, and only the selection of
 * candidates uses the kernel's float32 products; so results are the same on every machine.
 *
 * @param rows [count, dimension]
 * @param others the queries, [n, dimension]; null for the rows themselves, which are not their own neighbours
 * @param k at most the number of possible neighbours; otherwise it is lowered
 */
export function nearestRows(
  rows: Float32Array,
  others: Float32Array | null,
  dimension: number,
  k: number,
  onProgress?: Progress,
): Neighbours {
  const count = rows.length / dimension;
  const queries = others ?? rows;
  const n = queries.length / dimension;
  const kept = Math.max(0, Math.min(k, others ? count : count - 1));
  const found = new Int32Array(n * kept);
  const distances = new Float32Array(n * kept);
  const norms = rowNorms(rows, count, dimension);
  for (let i = 0; i < n; i++) {
    const query = queries.subarray(i * dimension, (i + 1) * dimension);
    const skip = new Set(others ? [] : [i]);
    const best = topK(rows, count, dimension, query, kept, norms, 'euclidean', skip);
    found.set(best.rows, i * kept);
    for (let j = 0; j < kept; j++) distances[i * kept + j] = -best.scores[j];
    if (i % PIECE === 0) onProgress?.(i / n);
  }
  return { k: kept, rows: found, distances };
}
