/** Selects the training images of a run and their order. */
import { LexelError } from '../util/errors.js';
import { deriveKey, type Key, Random } from '../util/random.js';
import { imageBytes } from './image-statistics.js';
import type { ImageSet } from './types.js';

/**
 * Draws `n` of the `indices`, balanced by class (`--limit n`): the numbers of images per class differ by at most one,
 * unless a class has too few. The key is the seed and the id of the fold's held-out group, so the draw of a fold is the
 * same in every run.
 *
 * @param indices image indices into `labels`
 * @returns the drawn indices in their original order; all of them if n is at least their number
 * @throws LexelError if n is not a positive integer.
 */
export function limitIndices(
  indices: Int32Array,
  labels: Uint16Array,
  n: number,
  seed: number,
  foldId: string,
): Int32Array {
  if (!Number.isInteger(n) || n < 1) throw new LexelError(`limit ${n} is not a positive number of images`);
  if (n >= indices.length) return indices.slice();
  const random = new Random(deriveKey(seed, 'limit', foldId));
  const classes = byClass(indices, labels);
  for (const positions of classes) random.shuffle(positions);
  // Take one image per class in each round. The classes are in random order, so that the last, partial round is fair.
  const turns = random.shuffle(Int32Array.from(classes, (_, c) => c));
  const chosen: number[] = [];
  for (let round = 0; chosen.length < n; round++) {
    for (const c of turns) {
      if (round < classes[c].length && chosen.length < n) chosen.push(classes[c][round]);
    }
  }
  return Int32Array.from(
    chosen.sort((a, b) => a - b),
    (position) => indices[position],
  );
}

/** For each class that occurs, in ascending order, its positions in `indices`. */
export function byClass(indices: Int32Array, labels: Uint16Array): Int32Array[] {
  const classes = new Map<number, number[]>();
  indices.forEach((image, position) => {
    const list = classes.get(labels[image]);
    if (list) list.push(position);
    else classes.set(labels[image], [position]);
  });
  return [...classes].sort((a, b) => a[0] - b[0]).map(([, positions]) => Int32Array.from(positions));
}

export interface OrderOptions {
  /** Spread every class evenly over the epoch, so that batches are nearly balanced. Default false. */
  readonly balanced?: boolean;
  /** Random key for this epoch. */
  readonly key: Key;
}

/**
 * The indices in the order of one epoch: shuffled, or, if balanced, shuffled within classes and interleaved.
 * Interleaving puts the k-th of a class's n images at a random position in the k-th of n equal parts of the epoch.
 */
export function epochOrder(indices: Int32Array, labels: Uint16Array, options: OrderOptions): Int32Array {
  const random = new Random(options.key);
  if (!options.balanced) return random.shuffle(indices.slice());
  const place = new Float64Array(indices.length);
  for (const positions of byClass(indices, labels)) {
    random.shuffle(positions);
    positions.forEach((position, k) => {
      place[position] = (k + random.uniform()) / positions.length;
    });
  }
  const order = Int32Array.from(indices, (_, position) => position);
  order.sort((a, b) => place[a] - place[b] || a - b);
  return order.map((position) => indices[position]);
}

/**
 * Copies the images `indices[start]` to `indices[start + batch - 1]` of a set into `out`, uint8 [batch, size, size, 3].
 *
 * @throws LexelError if fewer than `batch` indices are left, or `out` is too small.
 */
export function gather(
  set: ImageSet,
  indices: Int32Array,
  start: number,
  batch: number,
  out: Uint8Array,
): void {
  const bytes = imageBytes(set);
  if (start < 0 || start + batch > indices.length) {
    throw new LexelError(`gather: images ${start} to ${start + batch} of ${indices.length}`);
  }
  if (out.length < batch * bytes) {
    throw new LexelError(`gather: ${out.length} bytes for ${batch} images of ${bytes} bytes`);
  }
  for (let i = 0; i < batch; i++) {
    const from = indices[start + i] * bytes;
    out.set(set.pixels.subarray(from, from + bytes), i * bytes);
  }
}
