/**
 * ESZSL: a bilinear form xᵀ V s, computed in closed form, that gives a class's own images high scores and all
 * others low scores (Romera-Paredes & Torr, "An embarrassingly simple approach to zero-shot learning", ICML
 * 2015, equation 6): V = (X Xᵀ + γ I)⁻¹ X Y Sᵀ (S Sᵀ + λ I)⁻¹.
 */

import { standardised, totalCovariance } from '../train/feature-spaces.js';
import type { FeatureStatistics } from '../train/feature-statistics.js';
import { gram, product, solveRows, transposed } from '../util/cholesky.js';
import type { Reading, ReadingBasis } from './reading.js';
import { seenWords, unitWords } from './words.js';

/**
 * Chosen on rotation 4 from γ = 1 to 100,000 (for 40,000 images) and λ = 1 to 100; the results vary little
 * around these values. γ scales with X Xᵀ, so it is given per image.
 */
const SETTINGS = { gammaPerImage: 0.1, lambda: 10 };

/**
 * Points are Vᵀ x. Words s are used as they are: unit vectors after subtracting the seen words' mean. X Xᵀ
 * and X Y need no images, only the class means, counts and covariance of standardised features. Y is ±1; for
 * features of mean zero, that is twice the result of 0 and 1.
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
  const { rows, words } = seenWords(basis);
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
