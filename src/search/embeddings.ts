/** The points of several images: an array of rows that share one matrix. */

/** One Float32Array [dimension] for every image. The rows are views of `matrix`. */
export interface Embeddings extends ReadonlyArray<Float32Array> {
  /** All rows one after another, float32 [n, dimension]. */
  readonly matrix: Float32Array;
  readonly dimension: number;
}

/** Splits a matrix [n, dimension] into its rows, without a copy. */
export function embeddingsOf(matrix: Float32Array, dimension: number): Embeddings {
  const rows = Array.from({ length: matrix.length / dimension }, (_, i) =>
    matrix.subarray(i * dimension, (i + 1) * dimension),
  );
  // Not enumerable, so that printing and comparing show the rows only.
  return Object.defineProperties(rows, {
    matrix: { value: matrix },
    dimension: { value: dimension },
  }) as unknown as Embeddings;
}
