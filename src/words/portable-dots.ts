/** Dot products of a vector with every row of a matrix, in JavaScript. */
import { halfTable } from '../formats/half.js';

/**
 * Dot products of all rows with the query. Equal rows give equal results.
 *
 * @param matrix [rows, d], float32, or float16 as bit patterns
 * @param query float32 [d]
 * @returns float32 [rows]
 */
export type DotRows = (matrix: Float32Array | Uint16Array, query: Float32Array) => Float32Array;

/** {@link DotRows} without the native addon. */
export const portableDots: DotRows = (matrix, query) => {
  const out = new Float32Array(matrix.length / query.length);
  if (matrix instanceof Float32Array) portableDotRows(matrix, query, out);
  else portableHalfRows(matrix, query, out);
  return out;
};

/** {@link portableDots} for a float32 matrix. Accumulates in double precision. */
export function portableDotRows(matrix: Float32Array, query: Float32Array, out: Float32Array): void {
  const d = query.length;
  const wide = Float64Array.from(query);
  const eight = out.length - (out.length % EIGHT);
  for (let row = 0; row < eight; row += EIGHT) eightDots(matrix, row * d, wide, out, row);
  for (let row = eight; row < out.length; row++) out[row] = dot(matrix, row * d, wide);
}

/** Number of rows that are converted to float32 at a time, so that they stay in the cache. */
const WIDENED = 64;

/** {@link portableDots} for a float16 matrix. */
export function portableHalfRows(matrix: Uint16Array, query: Float32Array, out: Float32Array): void {
  const d = query.length;
  const rows = new Float32Array(WIDENED * d);
  const table = halfTable();
  for (let row = 0; row < out.length; row += WIDENED) {
    const count = Math.min(WIDENED, out.length - row);
    for (let i = 0, at = row * d; i < count * d; i++, at++) rows[i] = table[matrix[at]];
    portableDotRows(rows.subarray(0, count * d), query, out.subarray(row, row + count));
  }
}

/**
 * Number of rows processed together, so that they share each load of the query: 82 ms for 400,000 × 300, against
 * 200 ms with one row at a time.
 */
const EIGHT = 8;

function eightDots(m: Float32Array, r0: number, query: Float64Array, out: Float32Array, at: number): void {
  const n = query.length;
  const r1 = r0 + n;
  const r2 = r1 + n;
  const r3 = r2 + n;
  const r4 = r3 + n;
  const r5 = r4 + n;
  const r6 = r5 + n;
  const r7 = r6 + n;
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  let s4 = 0;
  let s5 = 0;
  let s6 = 0;
  let s7 = 0;
  for (let j = 0; j < n; j++) {
    const x = query[j];
    s0 += m[r0 + j] * x;
    s1 += m[r1 + j] * x;
    s2 += m[r2 + j] * x;
    s3 += m[r3 + j] * x;
    s4 += m[r4 + j] * x;
    s5 += m[r5 + j] * x;
    s6 += m[r6 + j] * x;
    s7 += m[r7 + j] * x;
  }
  out[at] = s0;
  out[at + 1] = s1;
  out[at + 2] = s2;
  out[at + 3] = s3;
  out[at + 4] = s4;
  out[at + 5] = s5;
  out[at + 6] = s6;
  out[at + 7] = s7;
}

/** Sums in the same order as {@link eightDots}, so that equal rows get equal scores at any index. */
function dot(m: Float32Array, start: number, query: Float64Array): number {
  let sum = 0;
  for (let j = 0; j < query.length; j++) sum += m[start + j] * query[j];
  return sum;
}
