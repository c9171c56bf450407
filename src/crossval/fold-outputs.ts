/**
 * folds/<id>.outputs.safetensors: the stored outputs of a finished fold, from which every later analysis can be
 * computed without training. See docs/DEFINITIONS.md, "What a finished fold keeps".
 */
import { CONTENT_HASH_BYTES } from '../data/image-statistics.js';
import type { Tensor } from '../formats/index.js';
import { readSafetensors, writeSafetensors } from '../formats/safetensors-file.js';
import { TensorSet } from '../formats/tensor-set.js';
import type { FeatureStatistics } from '../train/index.js';
import { FORMAT_VERSION } from '../train/schema.js';
import { FormatError } from '../util/errors.js';
import { refuseLaterVersion, upgradeTensorName } from './versions.js';

export interface FoldOutputs {
  /** Width of the outputs. */
  readonly dimension: number;
  /** All test images of the held-out classes. */
  readonly heldOut: {
    /** int32 [n]: indices in the data set's test split. */
    readonly ids: Int32Array;
    /** int32 [n]: class indices. */
    readonly labels: Int32Array;
    /** uint8 [n, 8]: hashes of the images' content (see `contentHashes`); absent in files of earlier versions. */
    readonly hashes?: Uint8Array;
    /** float32 [n, dimension]: raw outputs of the untrained network, after the first epoch and after the last. */
    readonly epoch0: Float32Array;
    readonly epoch1: Float32Array;
    readonly last: Float32Array;
  };
  /** Mean output over each seen class's test images, after the last epoch. */
  readonly seen: {
    /** int32 [s]: class indices. */
    readonly classes: Int32Array;
    /** float32 [s, dimension]. */
    readonly means: Float32Array;
  };
  /** Outputs of the individual seen test images, if stored. */
  readonly seenImages?: {
    readonly ids: Int32Array;
    readonly labels: Int32Array;
    readonly hashes?: Uint8Array;
    /** float16 bit patterns [m, dimension]. */
    readonly outputs: Uint16Array;
  };
  /** Inputs of the last layer, after the last epoch; absent in files of earlier versions. */
  readonly features?: FeatureStatistics & {
    /** float32 [n, f]: features of the held-out test images. */
    readonly heldOut: Float32Array;
    /** float16 bit patterns [m, f]: features of the seen test images, if stored. */
    readonly seenImages?: Uint16Array;
  };
  readonly metadata: Readonly<Record<string, string>>;
}

const COVARIANCE = 'features.train_covariance';

/** Writes the file atomically. */
export function writeFoldOutputs(file: string, outputs: FoldOutputs): void {
  const { dimension: d, heldOut, seen, seenImages, features } = outputs;
  const n = heldOut.ids.length;
  const tensors = new Map<string, Tensor>([
    ['held_out.ids', { dtype: 'I32', shape: [n], data: heldOut.ids }],
    ['held_out.labels', { dtype: 'I32', shape: [n], data: heldOut.labels }],
    ['held_out.epoch0', { dtype: 'F32', shape: [n, d], data: heldOut.epoch0 }],
    ['held_out.epoch1', { dtype: 'F32', shape: [n, d], data: heldOut.epoch1 }],
    ['held_out.last', { dtype: 'F32', shape: [n, d], data: heldOut.last }],
    ['seen.classes', { dtype: 'I32', shape: [seen.classes.length], data: seen.classes }],
    ['seen.means', { dtype: 'F32', shape: [seen.classes.length, d], data: seen.means }],
  ]);
  const hashes = (name: string, data: Uint8Array | undefined) => {
    const shape = data && [data.length / CONTENT_HASH_BYTES, CONTENT_HASH_BYTES];
    if (data && shape) tensors.set(name, { dtype: 'U8', shape, data });
  };
  hashes('held_out.hashes', heldOut.hashes);
  hashes('seen.hashes', seenImages?.hashes);
  if (features) {
    const {
      dimension: f,
      trainMeans,
      trainCounts,
      trainCovariance,
      heldOut: own,
      seenImages: others,
    } = features;
    const s = seen.classes.length;
    tensors.set('features.train_means', { dtype: 'F32', shape: [s, f], data: trainMeans });
    tensors.set('features.train_counts', { dtype: 'I32', shape: [s], data: trainCounts });
    if (trainCovariance) tensors.set(COVARIANCE, { dtype: 'F32', shape: [f, f], data: trainCovariance });
    tensors.set('features.held_out', { dtype: 'F32', shape: [n, f], data: own });
    if (others) tensors.set('features.seen', { dtype: 'F16', shape: [others.length / f, f], data: others });
  }
  if (seenImages) {
    const m = seenImages.ids.length;
    tensors.set('seen.ids', { dtype: 'I32', shape: [m], data: seenImages.ids });
    tensors.set('seen.labels', { dtype: 'I32', shape: [m], data: seenImages.labels });
    tensors.set('seen.outputs', { dtype: 'F16', shape: [m, d], data: seenImages.outputs });
  }
  writeSafetensors(file, tensors, {
    format: 'lexel-outputs',
    version: String(FORMAT_VERSION),
    ...outputs.metadata,
  });
}

/**
 * Reads the file and checks that its parts are consistent.
 * @throws FormatError if a tensor is missing, or its type or shape does not match the other tensors
 */
export function readFoldOutputs(file: string): FoldOutputs {
  const { tensors: stored, metadata } = readSafetensors(file);
  refuseLaterVersion(file, metadata.version === undefined ? undefined : Number(metadata.version));
  const tensors = new TensorSet(
    file,
    new Map([...stored].map(([name, tensor]) => [upgradeTensorName(name), tensor])),
  );
  const take = tensors.take.bind(tensors) as typeof tensors.take;
  const lengthOf = (name: string) => tensors.get(name)?.shape[0] ?? 0;
  const dimension = tensors.get('held_out.last')?.shape[1] ?? 0;
  if (tensors.has('held_out.last') && dimension === 0)
    throw new FormatError(file, '"held_out.last" has no dimension');
  const n = lengthOf('held_out.ids');
  const s = lengthOf('seen.classes');
  const m = lengthOf('seen.ids');
  const f = tensors.get('features.train_means')?.shape[1] ?? 0;
  const hashes = (name: string, count: number) =>
    tensors.has(name) && { hashes: take(name, 'U8', [count, CONTENT_HASH_BYTES]) };
  return {
    dimension,
    heldOut: {
      ids: take('held_out.ids', 'I32', [n]),
      labels: take('held_out.labels', 'I32', [n]),
      ...hashes('held_out.hashes', n),
      epoch0: take('held_out.epoch0', 'F32', [n, dimension]),
      epoch1: take('held_out.epoch1', 'F32', [n, dimension]),
      last: take('held_out.last', 'F32', [n, dimension]),
    },
    seen: {
      classes: take('seen.classes', 'I32', [s]),
      means: take('seen.means', 'F32', [s, dimension]),
    },
    seenImages: tensors.has('seen.outputs')
      ? {
          ids: take('seen.ids', 'I32', [m]),
          labels: take('seen.labels', 'I32', [m]),
          ...hashes('seen.hashes', m),
          outputs: take('seen.outputs', 'F16', [m, dimension]),
        }
      : undefined,
    ...(tensors.has('features.train_means') && {
      features: {
        dimension: f,
        trainMeans: take('features.train_means', 'F32', [s, f]),
        trainCounts: take('features.train_counts', 'I32', [s]),
        ...(tensors.has(COVARIANCE) && { trainCovariance: take(COVARIANCE, 'F32', [f, f]) }),
        heldOut: take('features.held_out', 'F32', [n, f]),
        ...(tensors.has('features.seen') && { seenImages: take('features.seen', 'F16', [m, f]) }),
      },
    }),
    metadata,
  };
}
