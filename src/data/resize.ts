/** Resizes an image set in memory with a triangle filter, whose radius is the number of source pixels per output pixel. */
import { LexelError } from '../util/errors.js';
import { allocateSet } from './dataset.js';
import type { ImageSet } from './types.js';

/** For every output position: the first source position, and the weights of the source positions from there on. */
interface Taps {
  readonly first: Int32Array;
  /** [size, width]; a row sums to 1. */
  readonly weights: Float32Array;
  readonly width: number;
}

/** Maximum side of an image in pixels; with larger images, a data set would hardly fit in memory. */
export const MAX_SIZE = 1024;

/** @throws LexelError if the size is not a whole number of pixels from 8 to {@link MAX_SIZE}. */
export function checkSize(size: number): number {
  if (Number.isInteger(size) && size >= 8 && size <= MAX_SIZE) return size;
  throw new LexelError(`image size ${size} is not a whole number of pixels from 8 to ${MAX_SIZE}`);
}

/** Resizes the images to [count, size, size, 3]; returns the set itself if it already has that size. */
export function resizeSet(set: ImageSet, size: number): ImageSet {
  if (set.size === checkSize(size)) return set;
  const { size: old, count } = set;
  const out = allocateSet(count, size);
  out.labels.set(set.labels);
  const taps = makeTaps(old, size);
  const rows = new Float32Array(old * size * 3);
  for (let image = 0; image < count; image++) {
    const source = set.pixels.subarray(image * old * old * 3, (image + 1) * old * old * 3);
    const target = out.pixels.subarray(image * size * size * 3, (image + 1) * size * size * 3);
    // First along x, to [old, size, 3], then along y.
    filter(source, rows, taps, {
      lines: old,
      lineStep: old * 3,
      step: 3,
      outLineStep: size * 3,
      outStep: 3,
      size,
    });
    filter(rows, target, taps, {
      lines: size,
      lineStep: 3,
      step: size * 3,
      outLineStep: 3,
      outStep: size * 3,
      size,
    });
  }
  return out;
}

interface Walk {
  lines: number;
  lineStep: number;
  step: number;
  outLineStep: number;
  outStep: number;
  size: number;
}

function filter(
  source: Uint8Array | Float32Array,
  out: Float32Array | Uint8Array,
  taps: Taps,
  walk: Walk,
): void {
  const rounding = out instanceof Uint8Array ? 0.5 : 0;
  for (let line = 0; line < walk.lines; line++) {
    for (let o = 0; o < walk.size; o++) {
      let r = rounding;
      let g = rounding;
      let b = rounding;
      let s = line * walk.lineStep + taps.first[o] * walk.step;
      for (let k = 0; k < taps.width; k++, s += walk.step) {
        const weight = taps.weights[o * taps.width + k];
        if (weight === 0) continue;
        r += weight * source[s];
        g += weight * source[s + 1];
        b += weight * source[s + 2];
      }
      const target = line * walk.outLineStep + o * walk.outStep;
      out[target] = r;
      out[target + 1] = g;
      out[target + 2] = b;
    }
  }
}

function makeTaps(old: number, size: number): Taps {
  const scale = old / size;
  const radius = Math.max(1, scale);
  const width = Math.min(old, Math.ceil(2 * radius) + 1);
  const first = new Int32Array(size);
  const weights = new Float32Array(size * width);
  for (let o = 0; o < size; o++) {
    const centre = (o + 0.5) * scale - 0.5;
    first[o] = Math.min(Math.max(0, Math.ceil(centre - radius)), old - width);
    let sum = 0;
    for (let k = 0; k < width; k++) {
      const weight = Math.max(0, 1 - Math.abs(first[o] + k - centre) / radius);
      weights[o * width + k] = weight;
      sum += weight;
    }
    for (let k = 0; k < width; k++) weights[o * width + k] /= sum;
  }
  return { first, weights, width };
}
