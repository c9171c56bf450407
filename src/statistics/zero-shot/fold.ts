/**
 * The data of a fold that zero-shot figures need: outputs and candidates in one space, seen and held-out
 * classes.
 */
import { readFoldOutputs } from '../../crossval/fold-outputs.js';
import { fromHalf } from '../../formats/index.js';
import { answersOf, type FoldData } from '../load.js';

export interface ZeroShotFold {
  readonly id: string;
  /** float32 [labels, d]: the vectors of all labels, in the space of the outputs. */
  readonly targets: Float32Array;
  /** Classes without rank and cosine; see `TargetSpace`. Default: none. */
  readonly directionless?: ReadonlySet<number>;
  /** [d]: mean vector of the seen classes, in the same space. */
  readonly mu: Float64Array;
  /** Indices of the classes in the training set. */
  readonly seen: Int32Array;
  /** Held-out classes with the final outputs of their test images, [n, d] each. */
  readonly heldOut: readonly { readonly index: number; readonly outputs: Float32Array }[];
}

/** Test images of the seen classes, if the fold has kept them. */
export interface SeenImages {
  /** int32 [m]: class indices. */
  readonly labels: Int32Array;
  /** float32 [m, d], points of the fold's reading; stored as float16. */
  readonly outputs: Float32Array;
}

/** @throws LexelError if the fold's outputs do not exist */
export function zeroShotFold(fold: FoldData): ZeroShotFold {
  const { record, space, seen, heldOut } = fold;
  const { points, words } = answersOf(fold);
  return {
    id: record.id,
    targets: words.targets,
    directionless: space.directionless,
    mu: words.mu,
    seen,
    heldOut: heldOut.map(({ index }, c) => ({ index, outputs: points[c] })),
  };
}

/**
 * Reads a fold's seen test images from its outputs file. They are not loaded with the rest, because over a
 * whole `loo` run they amount to a hundred times the test set. Like the held-out images, they are points of
 * the fold's reading.
 * @returns null if they were not kept, if the reading needs features that were not kept, or if values
 * exceeded the range of float16
 */
export function readSeenImages(fold: FoldData): SeenImages | null {
  const { seenImages, features: kept } = readFoldOutputs(fold.record.files.outputs);
  if (!seenImages) return null;
  const reading = answersOf(fold).open();
  const half = reading.needsFeatures ? kept?.seenImages : undefined;
  if (reading.needsFeatures && !half) return null;
  const outputs = fromHalf(seenImages.outputs);
  const features = half && fromHalf(half);
  if (![outputs, features ?? []].every((values) => values.every(Number.isFinite))) return null;
  return { labels: seenImages.labels, outputs: reading.points({ outputs, features }) };
}
