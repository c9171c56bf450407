/**
 * The content of a self-contained model file: one safetensors file with the weights and the labels' vectors. Its metadata holds,
 * as JSON, the network as plain data, the normalisation, the recipe and the source of the words. Nothing else is
 * needed to classify an image.
 */

import type { StateDict } from '../engine/types.js';
import { LOG_SCALE } from '../engine/types.js';
import { withoutChecksum } from '../formats/content-checksum.js';
import { fromHalf, toHalf } from '../formats/half.js';
import { parseSafetensors, safetensorsChunks, type Tensor } from '../formats/safetensors.js';
import { TensorSet } from '../formats/tensor-set.js';
import { bufferSpecs, parameterSpecs } from '../nn/parameters.js';
import { FormatError } from '../util/errors.js';
import { ownAnswers } from './answers.js';
import { checkNumbers } from './array-check.js';
import { earlyNetwork, type Familiarity, QUANTILES } from './familiarity.js';
import type { FeatureStatistics } from './feature-statistics.js';
import { featureNetwork } from './features.js';
import { type ModelHeader, modelHeads, NOT_WHOLE, parseHeader, seenLabels } from './model-header.js';
import { RAW_SPACE, type SpaceNumbers } from './space.js';

/** A model in memory. */
export interface Model extends ModelHeader {
  /** The labels' targets in the recipe's space, float32 [labels, d]. */
  readonly vectors: Float32Array;
  /** mu: mean of the seen labels' targets, [d]. */
  readonly seenMean: Float32Array;
  /**
   * Maps other word vectors to the recipe's space; absent if the space is that of the raw vectors, as in
   * `poster`.
   */
  readonly space?: SpaceNumbers;
  /** Features of the training images; rows in the order of the seen labels. Absent in files of earlier versions. */
  readonly features?: FeatureStatistics;
  /** Absent in files of earlier versions, or if there were too few test images. */
  readonly familiarity?: Familiarity;
  readonly weights: StateDict;
}

const WEIGHT = 'weights.';
const SPACE_MEAN = 'space.mean';
const SPACE_MATRIX = 'space.matrix';
const FEATURES = {
  means: 'features.train_means',
  counts: 'features.train_counts',
  covariance: 'features.train_covariance',
};
const FAMILIARITY = {
  mean: 'familiarity.early_mean',
  covariance: 'familiarity.early_covariance',
  quantiles: 'familiarity.quantiles',
};
const LARGEST_HALF = 65504;

/**
 * The content of a model file, as consecutive chunks.
 * @param file name of the file, for messages
 * @param half stores matrices and convolutions as float16, which halves the size. Biases and batch norm stay
 *   float32: they are small, and running variances may exceed float16's range. A weight tensor with a value out of
 *   that range stays float32 too.
 */
export function modelChunks(file: string, model: Model, options: { half?: boolean } = {}): Uint8Array[] {
  const tensors = new Map<string, Tensor>();
  const rows = model.labels.length;
  tensors.set('labels.vectors', {
    dtype: 'F32',
    shape: [rows, model.vectors.length / rows],
    data: model.vectors,
  });
  tensors.set('labels.seen_mean', { dtype: 'F32', shape: [model.seenMean.length], data: model.seenMean });
  const d = model.seenMean.length;
  const { mean, matrix, unit } = model.space ?? RAW_SPACE;
  if (mean) tensors.set(SPACE_MEAN, { dtype: 'F32', shape: [d], data: mean });
  if (matrix) tensors.set(SPACE_MATRIX, { dtype: 'F32', shape: [d, d], data: matrix });
  if (model.features) {
    const { dimension: f, trainMeans, trainCounts, trainCovariance } = model.features;
    const s = trainCounts.length;
    tensors.set(FEATURES.means, { dtype: 'F32', shape: [s, f], data: trainMeans });
    tensors.set(FEATURES.counts, { dtype: 'I32', shape: [s], data: trainCounts });
    if (trainCovariance)
      tensors.set(FEATURES.covariance, { dtype: 'F32', shape: [f, f], data: trainCovariance });
  }
  if (model.familiarity) {
    const { earlyMean, earlyCovariance, quantiles } = model.familiarity;
    const c = earlyMean.length;
    tensors.set(FAMILIARITY.mean, { dtype: 'F32', shape: [c], data: earlyMean });
    tensors.set(FAMILIARITY.covariance, { dtype: 'F32', shape: [c, c], data: earlyCovariance });
    tensors.set(FAMILIARITY.quantiles, { dtype: 'F32', shape: [3, QUANTILES], data: quantiles });
  }
  for (const [name, { shape, data }] of model.weights) {
    const half = options.half === true && shape.length > 1 && data.every((x) => Math.abs(x) <= LARGEST_HALF);
    tensors.set(
      WEIGHT + name,
      half ? { dtype: 'F16', shape, data: toHalf(data) } : { dtype: 'F32', shape, data },
    );
  }
  const { vectors: _v, seenMean: _m, weights: _w, features: _f, space, familiarity, ...header } = model;
  const json = JSON.stringify({
    format: 'lexel-model',
    version: 1,
    ...header,
    ...(space && { space: { unit } }),
    ...(familiarity && { familiarity: { images: familiarity.images } }),
  });
  return safetensorsChunks(file, tensors, { lexel: json });
}

/**
 * Reads the content of a model file and widens float16 weights. All of it is validated: see docs/RELIABILITY.md.
 * @param file name of the file, for messages
 * @param options.onWarning called if the file has no checksum
 * @throws FormatError if the file is not a complete model file of Lexel; the message names the problem
 */
export function parseModel(
  file: string,
  bytes: Uint8Array,
  options: { onWarning?: (message: string) => void } = {},
): Model {
  const { tensors, metadata, checksum } = parseSafetensors(file, bytes);
  const { space, familiarity, ...header } = parseHeader(file, metadata.lexel);
  const arrays = modelArrays(file, tensors);
  const d = header.words.dimension;
  const weights: StateDict = new Map();
  for (const { name, shape } of [...parameterSpecs(header.network), ...bufferSpecs(header.network)])
    weights.set(name, { shape: [...shape], data: arrays.weight(WEIGHT + name, shape) });
  const scale = WEIGHT + LOG_SCALE;
  if (arrays.has(scale)) weights.set(LOG_SCALE, { shape: [1], data: arrays.weight(scale, [1]) });
  const model = {
    ...header,
    vectors: arrays.floats('labels.vectors', [header.labels.length, d]),
    seenMean: arrays.floats('labels.seen_mean', [d]),
    ...(space && {
      space: {
        mean: arrays.has(SPACE_MEAN) ? arrays.floats(SPACE_MEAN, [d]) : null,
        matrix: arrays.has(SPACE_MATRIX) ? arrays.floats(SPACE_MATRIX, [d, d]) : null,
        unit: space.unit,
      },
    }),
    ...(arrays.has(FEATURES.means) && { features: featuresOf(file, arrays, header) }),
    ...(familiarity && { familiarity: familiarityIn(file, arrays, header, familiarity.images) }),
    weights,
  };
  // With a valid checksum, an unknown tensor is an addition of a later version. Without one, it may be a tensor whose
  // name is damaged.
  const other = checksum === null ? arrays.untaken() : undefined;
  if (other !== undefined)
    throw new FormatError(file, `holds a tensor "${other}", which no model has`, NOT_WHOLE);
  if (checksum === null)
    options.onWarning?.(`${withoutChecksum(file)} \`lexel model pack\` copies it with one.`);
  return model;
}

/** Access to a model file's tensors; checks their types, shapes and values. */
function modelArrays(file: string, tensors: ReadonlyMap<string, Tensor>) {
  const set = new TensorSet(file, tensors, NOT_WHOLE);
  const checked = (name: string, values: Float32Array) => {
    checkNumbers(file, name, values);
    return values;
  };
  const floats = (name: string, shape: readonly number[]) => checked(name, set.take(name, 'F32', shape));
  return {
    has: (name: string) => set.has(name),
    untaken: () => set.untaken(),
    counts: (name: string, shape: readonly number[]) => set.take(name, 'I32', shape),
    floats,
    /** A float32 tensor, or a float16 tensor widened to float32. */
    weight: (name: string, shape: readonly number[]) =>
      set.get(name)?.dtype === 'F16'
        ? checked(name, fromHalf(set.take(name, 'F16', shape)))
        : floats(name, shape),
  };
}

function featuresOf(
  file: string,
  arrays: ReturnType<typeof modelArrays>,
  header: ModelHeader,
): FeatureStatistics {
  const s = seenLabels(header).length;
  if (!header.network.layers.some(({ type }) => type === 'linear'))
    throw new FormatError(file, 'holds features, but its network has no last linear layer', NOT_WHOLE);
  const { outputs: f } = featureNetwork(header.network);
  const trainCounts = arrays.counts(FEATURES.counts, [s]);
  if (trainCounts.some((images) => images < 0))
    throw new FormatError(file, `tensor "${FEATURES.counts}" has a negative count`, NOT_WHOLE);
  return {
    dimension: f,
    trainMeans: arrays.floats(FEATURES.means, [s, f]),
    trainCounts,
    ...(arrays.has(FEATURES.covariance) && { trainCovariance: arrays.floats(FEATURES.covariance, [f, f]) }),
  };
}

function familiarityIn(
  file: string,
  arrays: ReturnType<typeof modelArrays>,
  { network }: ModelHeader,
  images: number,
): Familiarity {
  const early = earlyNetwork(network);
  if (!early || !arrays.has(FEATURES.covariance))
    throw new FormatError(file, 'holds a calibration of familiarity, but not the features for it', NOT_WHOLE);
  const { outputs: c } = early;
  const quantiles = arrays.floats(FAMILIARITY.quantiles, [3, QUANTILES]);
  if (quantiles.some((value, i) => i % QUANTILES > 0 && value < quantiles[i - 1]))
    throw new FormatError(file, `tensor "${FAMILIARITY.quantiles}" is not in ascending order`, NOT_WHOLE);
  return {
    images,
    earlyMean: arrays.floats(FAMILIARITY.mean, [c]),
    earlyCovariance: arrays.floats(FAMILIARITY.covariance, [c, c]),
    quantiles,
  };
}

/** The parts of a model that {@link modelAnswers} uses. */
export type AnsweringModel = Pick<
  Model,
  'space' | 'control' | 'labels' | 'heldOut' | 'vectors' | 'seenMean' | 'heads' | 'words'
>;

/** Maps a model's raw outputs [n, width] to points [n, d] in the space of its labels' vectors. */
export function modelAnswers(model: AnsweringModel, outputs: Float32Array): Float32Array {
  return ownAnswers(outputs, {
    heads: modelHeads(model),
    unit: model.space?.unit ?? false,
    seen: seenLabels(model),
    targets: model.vectors,
    dimension: model.seenMean.length,
  });
}
