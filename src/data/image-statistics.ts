/** Hashes of a data set and of single images, and the mean and standard deviation per channel. */
import { Sha256 } from '../util/sha256.js';
import type { ImageSet } from './types.js';

/** A value per channel: red, green, blue. */
export type Rgb = readonly [number, number, number];

/** Parameters for normalising pixels: (pixel/255 - mean) / std, per channel. */
export interface Normalisation {
  readonly mean: Rgb;
  readonly std: Rgb;
}

/** Bytes of one image. */
export const imageBytes = (set: ImageSet): number => set.size * set.size * 3;

/**
 * Per-channel mean and population standard deviation, in units of pixel/255. A constant channel gets deviation 1, so
 * that dividing by it is safe.
 * @param indices the images to measure; default: all. The result is bit-identical for any order.
 */
export function channelStatistics(set: ImageSet, indices?: Int32Array): Normalisation {
  const { pixels } = set;
  const count = indices?.length ?? set.count;
  const bytes = imageBytes(set);
  const sum = [0, 0, 0];
  const squares = [0, 0, 0];
  for (let n = 0; n < count; n++) {
    const image = indices ? indices[n] : n;
    // Sums of bytes and of their squares stay below 2^53 for any data set that fits in memory. So they are exact, and
    // the order of the images does not matter.
    let r = 0;
    let g = 0;
    let b = 0;
    let rr = 0;
    let gg = 0;
    let bb = 0;
    for (let i = image * bytes, end = i + bytes; i < end; i += 3) {
      const red = pixels[i];
      const green = pixels[i + 1];
      const blue = pixels[i + 2];
      r += red;
      g += green;
      b += blue;
      rr += red * red;
      gg += green * green;
      bb += blue * blue;
    }
    sum[0] += r;
    sum[1] += g;
    sum[2] += b;
    squares[0] += rr;
    squares[1] += gg;
    squares[2] += bb;
  }
  const n = Math.max(1, (count * bytes) / 3);
  const mean = sum.map((s) => s / n / 255);
  const std = squares.map((s, c) =>
    isConstant(n, sum[c], s) ? 1 : Math.sqrt(Math.max(0, s / n / 255 ** 2 - mean[c] ** 2)),
  );
  return { mean: [mean[0], mean[1], mean[2]], std: [std[0], std[1], std[2]] };
}

/** Whether n integers are all equal: n Σx² = (Σx)². Uses BigInt, because floating point would have rounding errors. */
function isConstant(n: number, sum: number, squares: number): boolean {
  return BigInt(n) * BigInt(squares) === BigInt(sum) ** 2n;
}

/** Hashes that identify the images of a data set, 32 hexadecimal digits each. */
export interface DatasetHashes {
  /** Independent of the order of the images. */
  readonly hash: string;
  /** Depends on the order of the images; image ids are positions in that order. */
  readonly orderedHash: string;
}

/**
 * Hashes of all images with their labels and split. Both are computed from one digest per image,
 * SHA-256("<split>\n<label name>\n<size>\n" + pixels, row-major, channels last). `hash` is the sum, modulo 2^128, of
 * their first 16 bytes (little-endian); in a sum, unlike an exclusive or, images that occur twice do not cancel.
 * `orderedHash` is the first half of the SHA-256 over all digests, train before test.
 */
export function imageHashes(train: ImageSet, test: ImageSet, classes: readonly string[]): DatasetHashes {
  let low = 0n;
  let high = 0n;
  const ordered = new Sha256();
  for (const [split, set] of [
    ['train', train],
    ['test', test],
  ] as const) {
    const bytes = imageBytes(set);
    const heads = classes.map((label) => new TextEncoder().encode(`${split}\n${label}\n${set.size}\n`));
    for (let i = 0; i < set.count; i++) {
      const hash = new Sha256().update(heads[set.labels[i]]);
      const digest = hash.update(set.pixels.subarray(i * bytes, (i + 1) * bytes)).digest();
      ordered.update(digest);
      const view = new DataView(digest.buffer, digest.byteOffset);
      low += view.getBigUint64(0, true);
      high += view.getBigUint64(8, true);
    }
  }
  const total = BigInt.asUintN(128, low + (high << 64n));
  return {
    hash: total.toString(16).padStart(32, '0'),
    orderedHash: ordered.hex().slice(0, 32),
  };
}

/** Bytes of one image's content hash. */
export const CONTENT_HASH_BYTES = 8;

/**
 * Hashes of the content of single images, uint8 [ids, 8]: the first 8 bytes of SHA-256(pixels, row-major, channels
 * last). They are used to check that an image id still refers to the same image.
 */
export function contentHashes(set: ImageSet, ids: Int32Array): Uint8Array {
  const bytes = imageBytes(set);
  const hashes = new Uint8Array(ids.length * CONTENT_HASH_BYTES);
  for (const [i, id] of ids.entries()) {
    const digest = new Sha256().update(set.pixels.subarray(id * bytes, (id + 1) * bytes)).digest();
    hashes.set(digest.subarray(0, CONTENT_HASH_BYTES), i * CONTENT_HASH_BYTES);
  }
  return hashes;
}
