/** Features with their training mean subtracted, and scaled: each feature separately, or by whitening. */

import { cholesky, forwardSolve } from '../util/cholesky.js';
import type { FeatureStatistics } from './feature-statistics.js';

/** A linear map of features, fitted to the training images. */
export interface FeatureSpace {
  /** Number of features f. */
  readonly dimension: number;
  /** Maps features [n, f] to the space, [n, f]. */
  place(features: ArrayLike<number>): Float64Array;
  readonly note: string | null;
}

/**
 * Weight of a multiple of the identity in the covariance, so that few images and constant features do not
 * dominate. AUSUC on rotation 4 was 0.0845, 0.0846 and 0.0827 with 0.01, 0.1 and 0.3.
 */
const SHRINKAGE = 0.1;

/** Mean feature vector of all training images, [f]. */
export function featureMean({ dimension: f, trainMeans, trainCounts }: FeatureStatistics): Float64Array {
  const mean = new Float64Array(f);
  const images = trainCounts.reduce((sum, count) => sum + count, 0);
  for (const [c, count] of trainCounts.entries())
    for (let j = 0; j < f; j++) mean[j] += (count / images) * trainMeans[c * f + j];
  return mean;
}

/** Covariance of the class means, weighted by their numbers of images, [f, f]. */
function betweenClasses(statistics: FeatureStatistics, mean: Float64Array): Float64Array {
  const { dimension: f, trainMeans, trainCounts } = statistics;
  const images = trainCounts.reduce((sum, count) => sum + count, 0);
  const out = new Float64Array(f * f);
  for (const [c, count] of trainCounts.entries()) {
    const row = mean.map((m, j) => trainMeans[c * f + j] - m);
    for (let i = 0; i < f; i++)
      for (let j = 0; j < f; j++) out[i * f + j] += (count / images) * row[i] * row[j];
  }
  return out;
}

/**
 * Covariance of all training images' features, [f, f]: the sum of within-class and between-class covariance.
 */
export function totalCovariance(statistics: FeatureStatistics): Float64Array {
  const between = betweenClasses(statistics, featureMean(statistics));
  const { trainCovariance } = statistics;
  return trainCovariance ? between.map((value, at) => value + trainCovariance[at]) : between;
}

/**
 * Divides each feature by its standard deviation over the training images; constant features are not scaled.
 */
export function standardised(statistics: FeatureStatistics): FeatureSpace {
  const { dimension: f, trainCovariance } = statistics;
  const mean = featureMean(statistics);
  const covariance = totalCovariance(statistics);
  const scale = mean.map((_, j) => 1 / (Math.sqrt(covariance[j * (f + 1)]) || 1));
  return {
    dimension: f,
    place: (features) => Float64Array.from(features, (value, at) => (value - mean[at % f]) * scale[at % f]),
    note: trainCovariance
      ? null
      : "Features are divided by the deviation of their class means: the run was trained by a version of Lexel that kept no deviation of the images'.",
  };
}

/**
 * Whitens by the covariance within classes, as in Fisher's linear discriminant, so that directions in which
 * images of the same class differ count less. Uses Cholesky's factor; every other whitening is a rotation of
 * this one, with the same cosines and distances.
 */
export function whitenedWithin(
  statistics: FeatureStatistics & { trainCovariance: Float32Array },
): FeatureSpace {
  return whitened(featureMean(statistics), statistics.trainCovariance, SHRINKAGE);
}

/**
 * Subtracts a mean [f] and whitens by a covariance [f, f].
 * @param shrinkage weight of a multiple of the identity in the covariance, from 0 to 1
 */
export function whitened(
  mean: ArrayLike<number>,
  covariance: ArrayLike<number>,
  shrinkage: number,
): FeatureSpace {
  const f = mean.length;
  let trace = 0;
  for (let i = 0; i < f; i++) trace += covariance[i * (f + 1)];
  const same = trace > 0 ? (shrinkage * trace) / f : 1;
  const lower = cholesky(
    Float64Array.from(covariance, (value, at) => (1 - shrinkage) * value + (at % (f + 1) === 0 ? same : 0)),
    f,
  );
  return {
    dimension: f,
    place: (features) => {
      const out = Float64Array.from(features, (value, at) => value - mean[at % f]);
      for (let at = 0; at < out.length; at += f) forwardSolve(lower, f, out, at);
      return out;
    },
    note: null,
  };
}
