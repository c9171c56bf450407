/**
 * The space in which pictures and words are compared: a model's target space less μ, the mean vector of the classes that it
 * saw, at unit length. A dot product there is the centred cosine of DESIGN, "Rank, hit@k".
 */

/**
 * Each row less μ at unit length; a row equal to μ becomes zero, so that its cosines are all 0.
 *
 * @param rows float32 [n, d]: outputs of the network, or vectors of words in its target space.
 * @param mu [d]
 * @returns float32 [n, d], rounded once from float64.
 */
export function unitRows(rows: Float32Array, mu: ArrayLike<number>): Float32Array<ArrayBuffer> {
  const d = mu.length;
  const out = new Float32Array(rows.length);
  const row = new Float64Array(d);
  for (let at = 0; at < rows.length; at += d) {
    let square = 0;
    for (let j = 0; j < d; j++) {
      row[j] = rows[at + j] - mu[j];
      square += row[j] * row[j];
    }
    const scale = square > 0 ? 1 / Math.sqrt(square) : 0;
    for (let j = 0; j < d; j++) out[at + j] = row[j] * scale;
  }
  return out;
}
