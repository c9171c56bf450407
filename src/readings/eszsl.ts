/**
 * ESZSL: the bilinear form xᵀ V s that scores a class's own images high and all others low, in closed form (Romera-Paredes
 * & Torr, "An embarrassingly simple approach to zero-shot learning", ICML 2015, equation 6):
 * V = (X Xᵀ + γ I)⁻¹ X Y Sᵀ (S Sᵀ + λ I)⁻¹.
 */

import type { FeatureStatistics } from '../train/index.js';
import { gram, product, solveRows, transposed } from './cholesky.js';
import { standardised, totalCovariance } from './feature-spaces.js';
import type { Reading, ReadingBasis } from './reading.js';
import { taughtWords, unitWords } from './words.js';

/**
 * Chosen on rotation 4 (γ 1 to 100,000 and λ 1 to 100 for 40,000 images): flat around these. γ grows with X Xᵀ, so it is
 * given for one image.
 */
const SETTINGS = { gammaPerImage: 0.1, lambda: 10 };

/**
 * Points are Vᵀ x, words s are as they are: less the seen words' mean, at unit length. X Xᵀ and X Y need no image, only the
 * class means, counts and covariance of standardised features; Y is ±1, which for features of mean zero is twice 0 and 1.
 */
export function eszsl(
  name: string,
  basis: ReadingBasis,
  statistics: FeatureStatistics & { trainCovariance: Float32Array },
): Reading {
  const { dimension: f, trainMeans, trainCounts } = statistics;
  const { dimension: d } = basis;
  const space = standardised(statistics);
  const images = trainCounts.reduce((sum, count) => sum + count, 0);
  const total = totalCovariance(statistics);
  const deviation = Float64Array.from({ length: f }, (_, j) => Math.sqrt(total[j * (f + 1)]) || 1);
  const squares = total.map((value, at) => {
    const [i, j] = [Math.floor(at / f), at % f];
    return (images * value) / (deviation[i] * deviation[j]) + (i === j ? SETTINGS.gammaPerImage * images : 0);
  });
  const { rows, words } = taughtWords(basis);
  const means = space.place(trainMeans);
  const sums = new Float64Array(rows.length * f);
  for (const [to, row] of rows.entries())
    for (let j = 0; j < f; j++) sums[to * f + j] = trainCounts[row] * means[row * f + j];
  const left = transposed(
    solveRows(squares, f, transposed(product(transposed(sums, f), words, rows.length, d), d)),
    f,
  );
  const matrix = solveRows(gram(words, d, SETTINGS.lambda), d, left);
  return {
    name,
    dimension: d,
    mean: new Float64Array(d),
    needsFeatures: true,
    points: ({ features }) => Float32Array.from(product(space.place(features!), matrix, f, d)),
    place: (list) => Float32Array.from(unitWords(basis, list)),
    note: null,
  };
}
