/**
 * Dot products of all pairs of rows. It takes plain typed arrays, so that a native kernel could replace it without
 * other changes.
 */

/**
 * out[i, j] = a row i · b row j.
 *
 * @param a float32 [n, d]
 * @param b float32 [m, d]
 * @param out float32 [n, m], overwritten.
 */
export function dotProducts(a: Float32Array, b: Float32Array, d: number, out: Float32Array): void {
  const n = a.length / d;
  const m = b.length / d;
  // In 2 × 2 blocks: four products need four loads instead of eight.
  for (let i = 0; i < n; i += 2) {
    const a0 = i * d;
    const a1 = i + 1 < n ? a0 + d : a0;
    for (let j = 0; j < m; j += 2) {
      const b0 = j * d;
      const b1 = j + 1 < m ? b0 + d : b0;
      let s00 = 0;
      let s01 = 0;
      let s10 = 0;
      let s11 = 0;
      for (let p = 0; p < d; p++) {
        const x0 = a[a0 + p];
        const x1 = a[a1 + p];
        const y0 = b[b0 + p];
        const y1 = b[b1 + p];
        s00 += x0 * y0;
        s01 += x0 * y1;
        s10 += x1 * y0;
        s11 += x1 * y1;
      }
      const at = i * m + j;
      out[at] = s00;
      if (b1 !== b0) out[at + 1] = s01;
      if (a1 !== a0) {
        out[at + m] = s10;
        if (b1 !== b0) out[at + m + 1] = s11;
      }
    }
  }
}
