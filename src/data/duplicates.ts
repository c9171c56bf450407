/**
 * Finds images with equal pixels. CIFAR-100 contains some, a few of them with two labels. If an image of a held-out class
 * were also in the training set under another label, it would leak, so {@link trainingIndices} drops it.
 */
import { LexelError } from '../util/errors.js';
import { imageBytes } from './image-statistics.js';
import type { Dataset, ImageSet } from './types.js';

/** One image of a data set. */
export interface ImageRef {
  readonly split: 'train' | 'test';
  readonly index: number;
  readonly label: number;
}

/** Two or more images with the same pixels. */
export type DuplicateGroup = readonly ImageRef[];

const known = new WeakMap<ImageSet, DuplicateGroup[]>();

/**
 * Groups of images with equal pixels, across train and test; computed once per data set (0.2 s for CIFAR-100).
 * Groups and their members are in order of first appearance, train before test.
 */
export function findDuplicates(dataset: Pick<Dataset, 'train' | 'test'>): readonly DuplicateGroup[] {
  let groups = known.get(dataset.train);
  if (!groups) {
    groups = compare(dataset.train, dataset.test);
    known.set(dataset.train, groups);
  }
  return groups;
}

function compare(train: ImageSet, test: ImageSet): DuplicateGroup[] {
  if (train.size !== test.size) return [];
  const seen = new Map<number, ImageRef[][]>();
  const repeated: ImageRef[][] = [];
  for (const [split, set] of [
    ['train', train],
    ['test', test],
  ] as const) {
    const hash = hasher(set);
    for (let index = 0; index < set.count; index++) {
      const ref = { split, index, label: set.labels[index] };
      const key = hash(index);
      const candidates = seen.get(key);
      if (!candidates) {
        seen.set(key, [[ref]]);
        continue;
      }
      // The hash only finds candidates, so compare the bytes.
      const group = candidates.find(([first]) =>
        equal(first.split === 'train' ? train : test, first.index, set, index),
      );
      if (!group) candidates.push([ref]);
      else if (group.push(ref) === 2) repeated.push(group);
    }
  }
  return repeated;
}

/** 53-bit hash of image i: two FNV-1a-like lanes over 32-bit words (over bytes if the size is not a multiple of 4). */
function hasher(set: ImageSet): (index: number) => number {
  const bytes = imageBytes(set);
  const wide = bytes % 4 === 0 && set.pixels.byteOffset % 4 === 0;
  const data = wide
    ? new Uint32Array(set.pixels.buffer, set.pixels.byteOffset, set.pixels.length / 4)
    : set.pixels;
  const step = wide ? bytes / 4 : bytes;
  return (index) => {
    let a = 0x811c9dc5;
    let b = 0x9747b28c;
    for (let i = index * step, end = i + step; i < end; i++) {
      const word = data[i];
      a = Math.imul(a ^ word, 0x01000193);
      a ^= a >>> 15;
      b = Math.imul(b ^ word, 0x85ebca6b);
      b ^= b >>> 13;
    }
    return (a >>> 0) * 2 ** 21 + (b >>> 11);
  };
}

function equal(one: ImageSet, i: number, other: ImageSet, j: number): boolean {
  const bytes = imageBytes(one);
  const [a, b] = [i * bytes, j * bytes];
  for (let k = 0; k < bytes; k++) if (one.pixels[a + k] !== other.pixels[b + k]) return false;
  return true;
}

/**
 * The training images of a fold with held-out classes: all except the images of those classes and the duplicates of
 * their images (train or test), whatever the duplicates' labels. Indices are ascending.
 *
 * @throws LexelError if a held-out class is not a class index, or no images are left.
 */
export function trainingIndices(
  dataset: Dataset,
  heldOut: readonly number[],
): { indices: Int32Array; droppedDuplicates: number } {
  const out = new Uint8Array(dataset.classes.length);
  for (const label of heldOut) {
    if (!Number.isInteger(label) || label < 0 || label >= out.length) {
      throw new LexelError(`held-out class ${label} is not one of 0 to ${out.length - 1}`);
    }
    out[label] = 1;
  }
  const dropped = new Set<number>();
  for (const group of findDuplicates(dataset)) {
    if (!group.some((ref) => out[ref.label])) continue;
    for (const ref of group) if (ref.split === 'train' && !out[ref.label]) dropped.add(ref.index);
  }
  const { count, labels } = dataset.train;
  const indices = new Int32Array(count);
  let n = 0;
  for (let i = 0; i < count; i++) if (!out[labels[i]] && !dropped.has(i)) indices[n++] = i;
  if (n === 0) {
    throw new LexelError(
      dropped.size > 0
        ? `${dataset.name}: every training image outside the held-out classes equals a held-out one (${dropped.size} duplicates)`
        : `${dataset.name}: no training image is left outside the held-out classes`,
      dropped.size > 0 ? 'remove the duplicates from one side, or hold out other classes' : undefined,
    );
  }
  return { indices: indices.slice(0, n), droppedDuplicates: dropped.size };
}
