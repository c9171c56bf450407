/** Rows at unit length, where dot products are cosines. */

/** Row − μ at unit length, in place; a row equal to μ becomes zero, so that its cosines are all 0 and tie. */
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
 * Each row less μ at unit length; a row equal to μ becomes zero.
 *
 * @param rows float32 [n, d]
 * @param mu [d]; zeros where nothing is to be taken off
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
