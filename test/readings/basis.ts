/** Generated outputs of a small network; the features of each class cluster around a point. */

import type { ReadingBasis } from '../../src/readings/reading.js';
import { FeatureSums } from '../../src/train/feature-statistics.js';
import { deriveKey, Random } from '../../src/util/random.js';
import { matrixOf } from './matrices.js';

export const CLASSES = 9;
export const DIMENSION = 5;
export const FEATURES = 7;
/** Classes 3 and 8 are held out. */
export const SEEN = [0, 1, 2, 4, 5, 6, 7];

export interface MadeUp {
  readonly basis: ReadingBasis;
  /** The training images: features row by row, and class indices. */
  readonly rows: number[][];
  readonly labels: number[];
  readonly outputs: Float32Array;
  readonly features: Float32Array;
}

export function madeUp(seed = 1): MadeUp {
  const random = new Random(deriveKey(seed, 'readings'));
  const draw = (count: number) => Float32Array.from({ length: count }, () => random.normal());
  const targets = draw(CLASSES * DIMENSION);
  const centres = draw(CLASSES * FEATURES);
  const labels = SEEN.flatMap((c) => Array<number>(4 + (c % 3)).fill(c));
  const train = new Float32Array(labels.length * FEATURES);
  for (const [i, c] of labels.entries())
    for (let j = 0; j < FEATURES; j++)
      train[i * FEATURES + j] = centres[c * FEATURES + j] + 0.5 * (1 + j) * random.normal();
  const sums = new FeatureSums(SEEN, FEATURES);
  sums.add(train, Int32Array.from(labels));
  const mean = new Float64Array(DIMENSION);
  for (const c of SEEN)
    for (let j = 0; j < DIMENSION; j++) mean[j] += targets[c * DIMENSION + j] / SEEN.length;
  return {
    basis: {
      file: 'fold.outputs.safetensors',
      heads: { vector: DIMENSION, classes: CLASSES },
      unit: false,
      seen: SEEN,
      targets,
      dimension: DIMENSION,
      mean,
      directionless: new Set(),
      features: sums.statistics(),
    },
    rows: matrixOf(train, FEATURES),
    labels,
    outputs: draw(6 * (DIMENSION + CLASSES)),
    features: draw(6 * FEATURES),
  };
}
