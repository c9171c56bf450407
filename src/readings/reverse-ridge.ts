/**
 * Reverse ridge regression: words are mapped to the space of the features, and not features to words. A
 * regression shrinks its predictions, and shrunken images share the same few nearest words (hubs) (Shigeto et
 * al., "Ridge regression, hubness, and zero-shot learning", ECML 2015, section 4).
 */

import type { FeatureSpace } from '../train/feature-spaces.js';
import { gram, product, solveRows, transposed } from '../util/cholesky.js';
import type { Reading, ReadingBasis } from './reading.js';
import { seenWords, unitWords } from './words.js';

/** For words of unit length. */
export const RIDGE_LAMBDA = 1;

/**
 * Points are an image's features. A word w is placed at B w, where B [f, d] is the ridge regression from the
 * seen classes' words to the mean features of their training images: it minimises Σ |B w_c − mean_c|² +
 * lambda |B|².
 * @param name name of the reading
 * @param space the space that features are mapped to first
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

/** Bᵀ [d, f] for the class means [seen, f]. */
function ridge(basis: ReadingBasis, means: Float64Array, f: number, lambda: number): Float64Array {
  const { dimension: d } = basis;
  const { rows, words } = seenWords(basis);
  const seenMeans = new Float64Array(rows.length * f);
  for (const [to, row] of rows.entries()) seenMeans.set(means.subarray(row * f, (row + 1) * f), to * f);
  // Wᵀ F has rows of f columns, but systems are solved column by column, so the transpose is used.
  const right = product(transposed(words, d), seenMeans, rows.length, f);
  return transposed(solveRows(gram(words, d, lambda), d, transposed(right, f)), d);
}
