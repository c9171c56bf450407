/**
 * Familiarity: how much an image is like the images that a network was trained on, from two places of the network.
 *
 * - *Early*: the channel means of the map before the last reduction of resolution. Their squared Mahalanobis distance to
 *   those of the training images is large for noise and blanks, whose textures no photo has.
 * - *Late*: the features. Their largest linear discriminant over the seen classes, w·w_c − |w_c|²/2 in the space whitened
 *   within classes, is small for images that resemble no seen class. It is the Mahalanobis distance to the nearest class
 *   less that to the mean of all (Ren et al., "A simple fix to Mahalanobis distance for improving near-OOD detection",
 *   2021; the distance is Lee et al.'s, NeurIPS 2018).
 *
 * The seen classes' test images calibrate both: each becomes the share of these images that are less familiar. Fisher's
 * method combines the shares, log p + log q, and the same images calibrate the sum. So familiarity is itself a share: 0.05
 * means more familiar than 5 % of the test images.
 */

import type { ImageSet } from '../data/types.js';
import { trace } from '../nn/trace.js';
import type { Network } from '../nn/types.js';
import { breathe } from '../util/breathe.js';
import { joinArrays } from '../util/join-arrays.js';
import { whitened, whitenedWithin } from './feature-spaces.js';
import { type FeatureStatistics, FeatureSums } from './feature-statistics.js';
import { type FeatureSource, featureNetwork } from './features.js';
import { CHUNK, predictImages } from './predict.js';

/** The calibration of a model's familiarity; c is the number of channels of its early map. */
export interface Familiarity {
  /** Number of test images that it was calibrated with. */
  readonly images: number;
  /** Mean of the training images' early channel means, float32 [c]. */
  readonly earlyMean: Float32Array;
  /** Covariance of the same, float32 [c, c]. */
  readonly earlyCovariance: Float32Array;
  /**
   * Quantiles of the test images' early and late scores and of the combination, float32 [3, {@link QUANTILES}], each row
   * ascending from the smallest to the largest score.
   */
  readonly quantiles: Float32Array;
}

/** Points per row of quantiles: steps of 0.2 %. */
export const QUANTILES = 501;
/** With fewer test images, 5 % of them are too few to calibrate with. */
export const CALIBRATION_IMAGES = 100;
/** Training images for the statistics of the early map. */
const EARLY_IMAGES = 5000;
const EARLY_SHRINKAGE = 0.01;

/**
 * The network up to the map before the last reduction of resolution, and its global average, so that its outputs are the
 * means of that map's channels. Where blocks widen and narrow, the narrowest map of that resolution is taken.
 * @returns null if the network never reduces the resolution, or has no global average pool
 */
export function earlyNetwork(network: Network): Network | null {
  const { layers } = network;
  const pool = layers.findIndex(({ type }) => type === 'global-average-pool');
  const traced = new Map(trace(network).map((one) => [one.layer, one.output]));
  const shapes = layers.slice(0, Math.max(pool, 0)).map((layer) => traced.get(layer)!);
  const last = shapes.at(-1)?.[0] ?? 0;
  const heights = shapes.map(([height]) => height).filter((height) => height > last);
  if (heights.length === 0) return null;
  const height = Math.min(...heights);
  const channels = Math.min(...shapes.flatMap(([h, , c]) => (h === height ? [c] : [])));
  const at = shapes.findLastIndex(([h, , c]) => h === height && c === channels);
  return { ...network, layers: [...layers.slice(0, at + 1), layers[pool]], outputs: channels };
}

/** Both scores of n images, larger for more familiar ones, float64 [n]. */
interface Scores {
  readonly early: Float64Array;
  readonly late: Float64Array;
}

/** Number of values of the calibration in a model file; 0 if a network cannot be calibrated with so many test images. */
export function calibrationValues(network: Network, testImages: number): number {
  const channels = earlyNetwork(network)?.outputs;
  if (channels === undefined || testImages < CALIBRATION_IMAGES) return 0;
  return channels + channels ** 2 + 3 * QUANTILES;
}

/** Scores images by their early channel means, [n, c], and their features, [n, f]. */
function scorer(
  statistics: Required<FeatureStatistics>,
  { earlyMean, earlyCovariance }: Pick<Familiarity, 'earlyMean' | 'earlyCovariance'>,
): (early: Float32Array, features: Float32Array) => Scores {
  const { dimension: f, trainMeans, trainCounts } = statistics;
  const earlySpace = whitened(earlyMean, earlyCovariance, EARLY_SHRINKAGE);
  const space = whitenedWithin(statistics);
  const means = space.place(trainMeans);
  const classes = [...trainCounts.keys()].filter((row) => trainCounts[row] > 0);
  const offsets = classes.map((row) => dot(means, row * f, means, row * f, f) / 2);
  return (early, features) => {
    const c = earlyMean.length;
    const points = earlySpace.place(early);
    const whitenedFeatures = space.place(features);
    return {
      early: Float64Array.from({ length: early.length / c }, (_, i) => -dot(points, i * c, points, i * c, c)),
      late: Float64Array.from({ length: features.length / f }, (_, i) =>
        classes.reduce(
          (best, row, at) => Math.max(best, dot(whitenedFeatures, i * f, means, row * f, f) - offsets[at]),
          Number.NEGATIVE_INFINITY,
        ),
      ),
    };
  };
}

function dot(a: Float64Array, from: number, b: Float64Array, start: number, n: number): number {
  let sum = 0;
  for (let j = 0; j < n; j++) sum += a[from + j] * b[start + j];
  return sum;
}

/** Replaces a share of 0, so that an image beyond all test images in one of the two places is unfamiliar, whatever the other share. */
const LEAST_SHARE = 1e-4;

/** The sum of the logarithms of both shares. */
const combined = (early: number, late: number): number =>
  Math.log(Math.max(early, LEAST_SHARE)) + Math.log(Math.max(late, LEAST_SHARE));

/**
 * The share of the calibration images with a smaller score, between 0 and 1, interpolated between quantiles.
 * @param quantiles ascending
 */
export function shareBelow(quantiles: Float32Array, score: number): number {
  let [low, high] = [0, quantiles.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (quantiles[middle] < score) low = middle + 1;
    else high = middle;
  }
  if (low === 0) return 0;
  if (low === quantiles.length) return 1;
  const [before, after] = [quantiles[low - 1], quantiles[low]];
  return (low - 1 + (score - before) / (after - before)) / (quantiles.length - 1);
}

/** Quantiles of scores at {@link QUANTILES} equal steps, interpolated. */
function quantilesOf(scores: Float64Array): Float32Array {
  const sorted = scores.slice().sort();
  return Float32Array.from({ length: QUANTILES }, (_, i) => {
    const at = (i / (QUANTILES - 1)) * (sorted.length - 1);
    const low = Math.floor(at);
    return sorted[low] + (at - low) * (sorted[Math.min(low + 1, sorted.length - 1)] - sorted[low]);
  });
}

const row = ({ quantiles }: Pick<Familiarity, 'quantiles'>, at: 0 | 1 | 2): Float32Array =>
  quantiles.subarray(at * QUANTILES, (at + 1) * QUANTILES);

/**
 * The familiarity of images, from 0 to 1: the share of the seen classes' test images that are less familiar.
 * @returns maps early channel means, float32 [n, c], and features, float32 [n, f], to float64 [n]
 */
export function familiarityOf(
  statistics: Required<FeatureStatistics>,
  calibration: Familiarity,
): (early: Float32Array, features: Float32Array) => Float64Array {
  const scores = scorer(statistics, calibration);
  return (early, features) => {
    const found = scores(early, features);
    return found.early.map((score, i) =>
      shareBelow(
        row(calibration, 2),
        combined(shareBelow(row(calibration, 0), score), shareBelow(row(calibration, 1), found.late[i])),
      ),
    );
  };
}

export interface CalibrationImages {
  /** The training images of the seen classes. */
  readonly train: { readonly set: ImageSet; readonly ids: Int32Array };
  /** The test images of the seen classes. */
  readonly test: { readonly set: ImageSet; readonly ids: Int32Array };
}

/**
 * Calibrates the familiarity of a trained network.
 * @param statistics of the features of its training images
 * @param stop called between chunks of images; true stops the computation
 * @returns null if there are too few test images ({@link CALIBRATION_IMAGES}), if the network has no early map, if its
 *   outputs are not finite, or if it was stopped
 */
export async function calibrateFamiliarity(
  { network, batch, engine, weights, onImages }: FeatureSource,
  statistics: Required<FeatureStatistics>,
  { train, test }: CalibrationImages,
  stop: () => boolean = () => false,
): Promise<Familiarity | null> {
  const early = earlyNetwork(network);
  if (!early || test.ids.length < CALIBRATION_IMAGES) return null;
  const { compilePredictor } = await import('../engine/predictor.js');
  const run = async (of: Network, set: ImageSet, ids: Int32Array) => {
    const predictor = await compilePredictor(of, batch, engine);
    try {
      await predictor.load(weights);
      const parts: Float32Array[] = [];
      for (let at = 0; at < ids.length; at += CHUNK) {
        await breathe();
        if (stop()) return null;
        const chunk = ids.subarray(at, at + CHUNK);
        parts.push(await predictImages(predictor, set, chunk, of.outputs));
        if (of !== early) onImages?.(chunk.length);
      }
      return joinArrays(Float32Array, parts);
    } finally {
      await predictor.dispose();
    }
  };
  const earlyTrain = await run(early, train.set, spread(train.ids, EARLY_IMAGES));
  const earlyTest = earlyTrain && (await run(early, test.set, test.ids));
  const features = earlyTest && (await run(featureNetwork(network), test.set, test.ids));
  if (!features) return null;
  const sums = new FeatureSums([0], early.outputs);
  sums.add(earlyTrain, new Int32Array(earlyTrain.length / early.outputs));
  const { trainMeans: earlyMean, trainCovariance: earlyCovariance } = sums.statistics();
  const scores = scorer(statistics, { earlyMean, earlyCovariance })(earlyTest, features);
  const quantiles = new Float32Array(3 * QUANTILES);
  quantiles.set(quantilesOf(scores.early));
  quantiles.set(quantilesOf(scores.late), QUANTILES);
  const images = test.ids.length;
  const sum = scores.early.map((score, i) =>
    combined(shareBelow(row({ quantiles }, 0), score), shareBelow(row({ quantiles }, 1), scores.late[i])),
  );
  quantiles.set(quantilesOf(sum), 2 * QUANTILES);
  return quantiles.every(Number.isFinite) ? { images, earlyMean, earlyCovariance, quantiles } : null;
}

/** At most n of the values, evenly spread. */
function spread(values: Int32Array, n: number): Int32Array {
  if (values.length <= n) return values;
  return Int32Array.from({ length: n }, (_, i) => values[Math.floor((i * values.length) / n)]);
}
