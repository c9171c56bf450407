/**
 * The self-contained model file: one safetensors file with the weights, the labels' vectors, and, as JSON in its
 * metadata, the network as plain data, its normalisation, the recipe and where the words came from. Nothing else is
 * needed to classify an image.
 */

import { z } from 'zod';
import type { StateDict } from '../engine/index.js';
import { fromHalf, readSafetensors, type Tensor, toHalf, writeSafetensors } from '../formats/index.js';
import { bufferSpecs, type Network, parameterSpecs, parseNetwork } from '../nn/index.js';
import { FormatError } from '../util/errors.js';
import { ownAnswers } from './answers.js';
import { controlOf } from './control.js';
import type { FeatureStatistics } from './feature-statistics.js';
import { type Heads, widthOf } from './heads.js';
import { engineIdSchema, normalisationSchema } from './schema.js';
import { RAW_SPACE, type SpaceNumbers } from './space.js';

const size = z.number().int().positive();

const headerSchema = z.object({
  format: z.literal('lexel-model'),
  version: z.literal(1),
  network: z.unknown(),
  /** Per-channel normalisation, in units of pixel/255. */
  ...normalisationSchema.shape,
  recipe: z.string(),
  /** How the recipe turned the words' vectors; its mean and matrix are tensors. Absent: not at all. */
  space: z.object({ unit: z.boolean() }).optional(),
  /** What the outputs are; absent in files of earlier versions: one head, by the control. */
  heads: z.object({ vector: size.or(z.literal(0)), classes: size.or(z.literal(0)) }).optional(),
  /** The control that the run was; absent: the real experiment. */
  control: z.string().optional(),
  /** Every label with a vector, in class order; the rows of the vectors. */
  labels: z.array(z.string()).min(1),
  /** The labels that the network never saw. */
  heldOut: z.array(z.string()),
  words: z.object({ source: z.string(), checksum: z.string(), dimension: size }),
  dataset: z.object({ name: z.string(), hash: z.string(), orderedHash: z.string().optional() }),
  /** Whose images `mean` and `std` are of; absent in files of earlier versions: all of the data set. */
  normalisation: z.literal('fold').optional(),
  /** What trained it; absent in files of earlier versions. */
  engine: engineIdSchema.optional(),
  /** How it came to be: fold, seed, epochs. */
  training: z.object({ fold: z.string(), seed: z.number(), epochs: z.number(), preset: z.string() }),
});

/** What a model file says about itself. */
export type ModelHeader = Omit<z.infer<typeof headerSchema>, 'format' | 'version' | 'network' | 'space'> & {
  network: Network;
};

/** A model in memory. */
export interface Model extends ModelHeader {
  /** The labels' targets in the recipe's space, float32 [labels, d]. */
  readonly vectors: Float32Array;
  /** mu: mean of the seen labels' targets, [d]. */
  readonly seenMean: Float32Array;
  /** Takes further word vectors into the recipe's space; absent: they are there already, as in `poster`. */
  readonly space?: SpaceNumbers;
  /** Of the images that it was trained on; rows as the seen labels. Absent in files of earlier versions. */
  readonly features?: FeatureStatistics;
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
const LARGEST_HALF = 65504;

/**
 * Writes a model file by temporary file and rename.
 * @param half stores matrices and convolutions as float16 (half the size). Biases and batch norm stay float32:
 *   they are few, and running variances may leave float16's range; so does a weight that is beyond it.
 */
export function saveModel(file: string, model: Model, options: { half?: boolean } = {}): void {
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
  for (const [name, { shape, data }] of model.weights) {
    const half = options.half === true && shape.length > 1 && data.every((x) => Math.abs(x) <= LARGEST_HALF);
    tensors.set(
      WEIGHT + name,
      half ? { dtype: 'F16', shape, data: toHalf(data) } : { dtype: 'F32', shape, data },
    );
  }
  const { vectors: _v, seenMean: _m, weights: _w, features: _f, space, ...header } = model;
  const json = JSON.stringify({
    format: 'lexel-model',
    version: 1,
    ...header,
    ...(space && { space: { unit } }),
  });
  writeSafetensors(file, tensors, { lexel: json });
}

/**
 * Reads a model file; float16 weights are widened.
 * @throws FormatError when it is not a whole model file of Lexel
 */
export function loadModel(file: string): Model {
  const { tensors, metadata } = readSafetensors(file);
  const { format: _f, version: _n, space, ...rest } = parseHeader(file, metadata.lexel);
  const network = parseNetwork(rest.network, file);
  const header = { ...rest, network };
  const floats = (name: string, shape: readonly number[]): Float32Array => {
    const tensor = tensors.get(name);
    if (!tensor) throw new FormatError(file, `tensor ${name} is missing`, NOT_WHOLE);
    if (tensor.shape.join() !== shape.join() || !(tensor.data instanceof Float32Array)) {
      throw new FormatError(file, `tensor ${name} is ${tensor.dtype} [${tensor.shape}], not F32 [${shape}]`);
    }
    return tensor.data;
  };
  const heads = modelHeads(header);
  if (widthOf(heads) !== network.outputs) {
    throw new FormatError(
      file,
      `its heads have ${heads.vector} and ${heads.classes} outputs, its network ${network.outputs}`,
    );
  }
  const d = header.words.dimension;
  const weights: StateDict = new Map();
  for (const [name, { shape, dtype, data }] of tensors) {
    if (!name.startsWith(WEIGHT)) continue;
    const wide = dtype === 'F16' ? fromHalf(data as Uint16Array) : data;
    if (!(wide instanceof Float32Array)) throw new FormatError(file, `tensor ${name} is ${dtype}`);
    weights.set(name.slice(WEIGHT.length), { shape: [...shape], data: wide });
  }
  for (const { name, shape } of [...parameterSpecs(network), ...bufferSpecs(network)]) {
    const found = weights.get(name)?.shape.join();
    if (found !== shape.join()) {
      throw new FormatError(file, `${name} should be [${shape}], and is ${found ? `[${found}]` : 'missing'}`);
    }
  }
  return {
    ...header,
    vectors: floats('labels.vectors', [header.labels.length, d]),
    seenMean: floats('labels.seen_mean', [d]),
    ...(space && {
      space: {
        mean: tensors.has(SPACE_MEAN) ? floats(SPACE_MEAN, [d]) : null,
        matrix: tensors.has(SPACE_MATRIX) ? floats(SPACE_MATRIX, [d, d]) : null,
        unit: space.unit,
      },
    }),
    ...(tensors.has(FEATURES.means) && { features: featuresOf(file, tensors, seenLabels(header).length) }),
    weights,
  };
}

function featuresOf(file: string, tensors: ReadonlyMap<string, Tensor>, seen: number): FeatureStatistics {
  const means = tensors.get(FEATURES.means);
  const counts = tensors.get(FEATURES.counts);
  const covariance = tensors.get(FEATURES.covariance);
  const f = means?.shape[1] ?? 0;
  const fits = (tensor: Tensor, ...shape: number[]) => tensor.shape.join() === shape.join();
  if (means?.dtype !== 'F32' || counts?.dtype !== 'I32' || !fits(means, seen, f) || !fits(counts, seen)) {
    throw new FormatError(file, `its features do not fit its ${seen} seen labels`, NOT_WHOLE);
  }
  const statistics = { dimension: f, trainMeans: means.data, trainCounts: counts.data };
  if (!covariance) return statistics;
  if (covariance.dtype !== 'F32' || !fits(covariance, f, f)) {
    throw new FormatError(file, `tensor ${FEATURES.covariance} is no F32 [${f},${f}]`, NOT_WHOLE);
  }
  return { ...statistics, trainCovariance: covariance.data };
}

/** What a model's outputs are. */
export function modelHeads(model: Pick<Model, 'heads' | 'control' | 'labels' | 'words'>): Heads {
  if (model.heads) return model.heads;
  const classifier = controlOf(model.control).classifier;
  return classifier
    ? { vector: 0, classes: model.labels.length }
    : { vector: model.words.dimension, classes: 0 };
}

/** Rows of the labels that training saw. */
export function seenLabels({ labels, heldOut }: Pick<Model, 'labels' | 'heldOut'>): number[] {
  const out = new Set(heldOut);
  return labels.flatMap((label, c) => (out.has(label) ? [] : [c]));
}

/** What {@link modelAnswers} needs of a model. */
export type AnsweringModel = Pick<
  Model,
  'space' | 'control' | 'labels' | 'heldOut' | 'vectors' | 'seenMean' | 'heads' | 'words'
>;

/** A model's raw outputs [n, d] as points of the space that its labels' vectors lie in. */
export function modelAnswers(model: AnsweringModel, outputs: Float32Array): Float32Array {
  return ownAnswers(outputs, {
    heads: modelHeads(model),
    unit: model.space?.unit ?? false,
    seen: seenLabels(model),
    targets: model.vectors,
    dimension: model.seenMean.length,
  });
}

const NOT_WHOLE = 'it was not written by this version of Lexel, or not wholly; train or download it again';

function parseHeader(file: string, text: string | undefined): z.infer<typeof headerSchema> {
  if (text === undefined) {
    throw new FormatError(
      file,
      'a safetensors file, but not a model of Lexel',
      'give the file of a trained fold',
    );
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new FormatError(file, 'the header in its metadata is not JSON', NOT_WHOLE);
  }
  const parsed = headerSchema.safeParse(json);
  if (!parsed.success) throw new FormatError(file, z.prettifyError(parsed.error), NOT_WHOLE);
  return parsed.data;
}
