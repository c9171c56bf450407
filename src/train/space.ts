/**
 * A target space as numbers: what was taken from the raw word vectors and how they were turned and scaled. The same
 * numbers place any further word vector in the space, and the outputs of a network beside them.
 */

import { unitRows } from '../util/unit-rows.js';

/** vector -> matrix · (vector − mean), then at unit length where `unit`. Plain data: a model file holds it. */
export interface SpaceNumbers {
  /** [d], or null: nothing is taken off. */
  readonly mean: Float32Array | null;
  /** [d, d], row by row, or null: nothing is turned. */
  readonly matrix: Float32Array | null;
  /** Vectors have unit length, and so have outputs once they are placed: their loss sees directions alone. */
  readonly unit: boolean;
}

/** The raw vectors themselves. */
export const RAW_SPACE: SpaceNumbers = { mean: null, matrix: null, unit: false };

/**
 * Raw word vectors [n, d] in the space, float32 [n, d]; sums in float64.
 * @param dimension d
 */
export function toSpace(
  { mean, matrix, unit }: SpaceNumbers,
  vectors: Float32Array,
  dimension: number,
): Float32Array {
  if (!mean && !matrix && !unit) return vectors;
  const d = dimension;
  const out = new Float32Array(vectors.length);
  const centred = new Float64Array(d);
  for (let at = 0; at < vectors.length; at += d) {
    for (let j = 0; j < d; j++) centred[j] = vectors[at + j] - (mean ? mean[j] : 0);
    for (let i = 0; i < d; i++) {
      let value = matrix ? 0 : centred[i];
      if (matrix) for (let j = 0; j < d; j++) value += matrix[i * d + j] * centred[j];
      out[at + i] = value;
    }
  }
  return unit ? atUnitLength(out, d) : out;
}

/** Which rows of `matrix` [n, d] are zero: they have no direction. */
export function zeroRows(matrix: Float32Array, d: number): number[] {
  return Array.from({ length: matrix.length / d }, (_, row) => row).filter((row) =>
    matrix.subarray(row * d, (row + 1) * d).every((value) => value === 0),
  );
}

/** Rows of `matrix` [n, d] at unit length; a zero row stays zero. */
export const atUnitLength = (matrix: Float32Array, d: number): Float32Array =>
  unitRows(matrix, new Float64Array(d));
