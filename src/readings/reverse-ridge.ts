/**
 * Reverse ridge: words are taken to where the images' features lie, not features to words, since a regression shrinks what
 * it predicts, and shrunken images have the same few words nearest to all of them (Shigeto et al., "Ridge regression,
 * hubness, and zero-shot learning", ECML 2015, section 4).
 */

import { gram, product, solveRows, transposed } from './cholesky.js';
import type { FeatureSpace } from './feature-spaces.js';
import type { Reading, ReadingBasis } from './reading.js';
import { taughtWords, unitWords } from './words.js';

/** Beside words of unit length. */
export const RIDGE_LAMBDA = 1;

/**
 * Points are an image's features; a word w lies at B w, with B [f, d] the ridge regression from the seen classes' words to
 * the mean features of their training images: the least Σ |B w_c − mean_c|² + lambda |B|².
 * @param name of the reading
 * @param space what features are put into first
 */
export function reverseRidge(
  name: string,
  basis: ReadingBasis,
  space: FeatureSpace,
  trainMeans: Float32Array,
  lambda = RIDGE_LAMBDA,
): Reading {
  const { dimension: f } = space;
  const { dimension: d } = basis;
  const matrix = ridge(basis, space.place(trainMeans), f, lambda);
  return {
    name,
    dimension: f,
    mean: new Float64Array(f),
    needsFeatures: true,
    points: ({ features }) => Float32Array.from(space.place(features!)),
    place: (words) => Float32Array.from(product(unitWords(basis, words), matrix, d, f)),
    note: space.note,
  };
}

/** Bᵀ [d, f] of the class means [seen, f]. */
function ridge(basis: ReadingBasis, means: Float64Array, f: number, lambda: number): Float64Array {
  const { dimension: d } = basis;
  const { rows, words } = taughtWords(basis);
  const taught = new Float64Array(rows.length * f);
  for (const [to, row] of rows.entries()) taught.set(means.subarray(row * f, (row + 1) * f), to * f);
  // Wᵀ F as rows of f columns: solved column by column, so as rows of the transpose.
  const right = product(transposed(words, d), taught, rows.length, f);
  return transposed(solveRows(gram(words, d, lambda), d, transposed(right, f)), d);
}
