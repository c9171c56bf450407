/** Exhaustive word search: computes the scores of all rows and keeps the best. */
import { Best } from '../util/best.js';
import { type DotRows, portableDots } from './portable-dots.js';

export type WordMetric = 'cosine' | 'euclidean';

/** The k best rows, best first. */
export interface TopRows {
  readonly rows: Int32Array;
  /** Dot products of the rows with the query (scaled, see {@link topK}), descending. */
  readonly scores: Float64Array;
}

/** ‖row‖ of each row of `matrix` [rows, dimension] -> float32 [rows]. */
export function rowNorms(matrix: Float32Array, rows: number, dimension: number): Float32Array {
  const norms = new Float32Array(rows);
  for (let r = 0, at = 0; r < rows; r++) {
    let even = 0;
    let odd = 0;
    const end = at + dimension;
    for (; at + 1 < end; at += 2) {
      even += matrix[at] * matrix[at];
      odd += matrix[at + 1] * matrix[at + 1];
    }
    if (at < end) {
      even += matrix[at] * matrix[at];
      at++;
    }
    norms[r] = Math.sqrt(even + odd);
  }
  return norms;
}

/**
 * The k rows of `matrix` [rows, dimension] with the highest scores; ties are in row order.
 *
 * Cosine: row · query / (‖row‖ ‖query‖). Zero rows have no direction and are skipped; a zero query finds no rows.
 * Euclidean: −‖row − query‖.
 *
 * @param query [dimension]
 * @param norms ‖row‖, [rows]
 * @param skip rows to exclude
 * @param dots computes the dot products
 */
export function topRows(
  matrix: Float32Array,
  rows: number,
  dimension: number,
  query: Float32Array,
  k: number,
  norms: Float32Array,
  metric: WordMetric = 'cosine',
  skip: ReadonlySet<number> = new Set(),
  dots: DotRows = portableDots,
): TopRows {
  const wanted = Math.max(0, Math.min(k, rows - skip.size));
  // 2ab − a² − b² loses precision near the query, so a few extra rows are kept and their distances recomputed exactly.
  const best = new Best(metric === 'cosine' ? wanted : Math.min(wanted + SPARE, rows - skip.size));
  const queryNorm = rowNorms(query, 1, dimension)[0];
  const square = queryNorm * queryNorm;
  const products = dots(matrix.subarray(0, rows * dimension), query);
  for (let r = 0; r < rows; r++) {
    const norm = norms[r];
    let score: number;
    if (metric === 'euclidean') score = 2 * products[r] - norm * norm - square;
    else if (norm > 0 && queryNorm > 0) score = products[r] / (norm * queryNorm);
    else continue;
    if (score > best.worst && !skip.has(r)) best.insert(r, score);
  }
  if (metric === 'euclidean') return exactDistances(best, matrix, query, dimension, wanted);
  return best.found();
}

const SPARE = 16;

function exactDistances(
  best: Best,
  matrix: Float32Array,
  query: Float32Array,
  dimension: number,
  wanted: number,
): TopRows {
  const found = Array.from(best.rows.subarray(0, best.count), (row) => {
    let sum = 0;
    for (let j = 0; j < dimension; j++) sum += (matrix[row * dimension + j] - query[j]) ** 2;
    return { row, score: -Math.sqrt(sum) };
  });
  found.sort((x, y) => y.score - x.score || x.row - y.row);
  found.length = wanted;
  return { rows: Int32Array.from(found, (f) => f.row), scores: Float64Array.from(found, (f) => f.score) };
}
