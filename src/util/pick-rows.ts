/** Copies the named rows of a matrix, [n, width], in the given order. */
export function pickRows(matrix: Float32Array, width: number, rows: readonly number[]): Float32Array {
  const out = new Float32Array(rows.length * width);
  for (const [to, from] of rows.entries())
    out.set(matrix.subarray(from * width, (from + 1) * width), to * width);
  return out;
}
