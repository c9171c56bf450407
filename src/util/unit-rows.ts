/** Scales rows to unit length, so that their dot products are cosines. */

/**
 * Replaces a row by row − μ at unit length, in place. A row equal to μ becomes zero, so that its cosines are all 0 and
 * tie.
 */
export function centreToUnit(rows: Float64Array, at: number, mu: ArrayLike<number>): void {
  let square = 0;
  for (let j = 0; j < mu.length; j++) {
    rows[at + j] -= mu[j];
    square += rows[at + j] * rows[at + j];
  }
  const scale = square > 0 ? 1 / Math.sqrt(square) : 0;
  for (let j = 0; j < mu.length; j++) rows[at + j] *= scale;
}

/**
 * Computes row − μ at unit length for each row; a row equal to μ becomes zero.
 *
 * @param rows float32 [n, d]
 * @param mu [d]; zeros to subtract nothing
 * @returns float32 [n, d], rounded once from float64.
 */
export function unitRows(rows: Float32Array, mu: ArrayLike<number>): Float32Array<ArrayBuffer> {
  const d = mu.length;
  const out = new Float32Array(rows.length);
  const row = new Float64Array(d);
  for (let at = 0; at < rows.length; at += d) {
    for (let j = 0; j < d; j++) row[j] = rows[at + j];
    centreToUnit(row, 0, mu);
    out.set(row, at);
  }
  return out;
}
