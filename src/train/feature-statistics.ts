/**
 * Statistics of the features of a fold's training images: class means, counts, and the pooled covariance within
 * classes. Closed-form readings of a network are computed from these, without the training images.
 */

import { ClassSums } from './predict.js';

/** Statistics of the training images' features, without augmentation, for f features and s seen classes. */
export interface FeatureStatistics {
  /** Number of features f. */
  readonly dimension: number;
  /** float32 [s, f]. */
  readonly trainMeans: Float32Array;
  /** Number of images of each class, int32 [s]. */
  readonly trainCounts: Int32Array;
  /** Covariance within classes, pooled over all images: float32 [f, f]. Absent in files of earlier versions. */
  readonly trainCovariance?: Float32Array;
}

/** Accumulates sums of features in float64. */
export class FeatureSums {
  private readonly classes: ClassSums;
  /** Lower triangle of the sum of x xᵀ, [f, f]. */
  private readonly products: Float64Array;

  /** @param classes the classes of all images that will be added */
  constructor(
    classes: readonly number[],
    private readonly dimension: number,
  ) {
    this.classes = new ClassSums(classes, dimension);
    this.products = new Float64Array(dimension ** 2);
  }

  /** Adds features [labels, f]. */
  add(rows: Float32Array, labels: Int32Array): void {
    const { dimension: f, products } = this;
    this.classes.add(rows, labels);
    for (let at = 0; at < rows.length; at += f) {
      for (let i = 0; i < f; i++) {
        const value = rows[at + i];
        if (value === 0) continue;
        for (let j = 0; j <= i; j++) products[i * f + j] += value * rows[at + j];
      }
    }
  }

  statistics(): Required<FeatureStatistics> {
    const { dimension: f, products, classes } = this;
    const { counts } = classes;
    const means = classes.exactMeans();
    const images = Math.max(
      1,
      counts.reduce((sum, count) => sum + count, 0),
    );
    const trainCovariance = new Float32Array(f * f);
    for (let i = 0; i < f; i++) {
      for (let j = 0; j <= i; j++) {
        let sum = products[i * f + j];
        for (const [c, count] of counts.entries()) sum -= count * means[c * f + i] * means[c * f + j];
        trainCovariance[i * f + j] = sum / images;
        trainCovariance[j * f + i] = sum / images;
      }
    }
    return { dimension: f, trainMeans: Float32Array.from(means), trainCounts: counts, trainCovariance };
  }
}
