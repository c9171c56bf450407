/**
 * The parameters of a target space: an affine transform of raw word vectors, with optional scaling to unit
 * length. The same parameters map any other word vector to the space.
 */

import { unitRows } from '../util/unit-rows.js';

/**
 * Maps vector -> matrix · (vector − mean), then scales it to unit length if `unit`. Plain data, stored in model
 * files.
 */
export interface SpaceNumbers {
  /** [d], or null to subtract nothing. */
  readonly mean: Float32Array | null;
  /** [d, d], row-major, or null for the identity. */
  readonly matrix: Float32Array | null;
  /** Vectors, and outputs mapped to the space, have unit length, because the loss depends only on directions. */
  readonly unit: boolean;
}

/** The space of the raw vectors. */
export const RAW_SPACE: SpaceNumbers = { mean: null, matrix: null, unit: false };

/**
 * Maps raw word vectors [n, d] to the space, float32 [n, d]; sums in float64.
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

/** Indices of the rows of `matrix` [n, d] that are zero and so have no direction. */
export function zeroRows(matrix: Float32Array, d: number): number[] {
  return Array.from({ length: matrix.length / d }, (_, row) => row).filter((row) =>
    matrix.subarray(row * d, (row + 1) * d).every((value) => value === 0),
  );
}

/** Scales rows of `matrix` [n, d] to unit length; zero rows stay zero. */
export const atUnitLength = (matrix: Float32Array, d: number): Float32Array =>
  unitRows(matrix, new Float64Array(d));
