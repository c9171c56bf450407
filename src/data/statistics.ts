/** Numbers that describe a data set: its hash, and the per-channel mean and deviation of its training pixels. */
import { createHash } from 'node:crypto';
import type { ImageSet } from './types.js';

/** A value per channel: red, green, blue. */
export type Rgb = readonly [number, number, number];

/** Bytes of one image. */
export const imageBytes = (set: ImageSet): number => set.size * set.size * 3;

/**
 * Per-channel mean and standard deviation (of the population), in units of pixel/255. A channel that never
 * varies gets deviation 1, so that dividing by it is harmless.
 */
export function channelStatistics(set: ImageSet): { mean: Rgb; std: Rgb } {
  const { pixels, count } = set;
  const bytes = imageBytes(set);
  const sum = [0, 0, 0];
  const squares = [0, 0, 0];
  for (let image = 0; image < count; image++) {
    // Integers of one image stay below 2^53 by far, so the sums are exact whatever the order of the images.
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
  const std = squares.map((s, c) => Math.sqrt(Math.max(0, s / n / 255 ** 2 - mean[c] ** 2)) || 1);
  return { mean: [mean[0], mean[1], mean[2]], std: [std[0], std[1], std[2]] };
}

/**
 * Hash of all images with their labels and split, whatever their order in the files: the sum modulo 2^128,
 * over the images, of the first 16 bytes (little-endian) of SHA-256("<split>\n<label name>\n<size>\n" + pixels,
 * row by row, channels last); 32 hexadecimal digits. A sum, unlike an exclusive or, does not lose images
 * that occur twice.
 */
export function imageHash(train: ImageSet, test: ImageSet, classes: readonly string[]): string {
  let low = 0n;
  let high = 0n;
  for (const [split, set] of [
    ['train', train],
    ['test', test],
  ] as const) {
    const bytes = imageBytes(set);
    const heads = classes.map((label) => Buffer.from(`${split}\n${label}\n${set.size}\n`));
    for (let i = 0; i < set.count; i++) {
      const hash = createHash('sha256').update(heads[set.labels[i]]);
      const digest = hash.update(set.pixels.subarray(i * bytes, (i + 1) * bytes)).digest();
      low += digest.readBigUInt64LE(0);
      high += digest.readBigUInt64LE(8);
    }
  }
  const total = BigInt.asUintN(128, low + (high << 64n));
  return total.toString(16).padStart(32, '0');
}
