/** Resizes an image set in memory with a triangle filter, whose radius is the number of source pixels per output pixel. */
import { LexelError } from '../util/errors.js';
import { allocateSet } from './dataset.js';
import type { ImageSet } from './types.js';

/** A filter: its radius, and the weight at a distance from the centre, both in pixels of the smaller image. */
interface Kernel {
  readonly radius: number;
  readonly weight: (distance: number) => number;
}

const TRIANGLE: Kernel = { radius: 1, weight: (distance) => Math.max(0, 1 - distance) };

/** For every output position: the first source position, and the weights of the source positions from there on. */
export interface Taps {
  readonly first: Int32Array;
  /** [positions, width]; a row sums to 1. */
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
  const taps = makeTaps(old, size, TRIANGLE);
  const rows = new Float32Array(old * size * 3);
  for (let image = 0; image < count; image++) {
    const source = set.pixels.subarray(image * old * old * 3, (image + 1) * old * old * 3);
    const target = out.pixels.subarray(image * size * size * 3, (image + 1) * size * size * 3);
    resample(source, target, { across: taps, down: taps, width: old, size, rows });
  }
  return out;
}

export interface Resampling {
  readonly across: Taps;
  readonly down: Taps;
  /** Of the source, in pixels. */
  readonly width: number;
  /** Height and width of the target. */
  readonly size: number;
  /** Scratch, float32 [height of the source, size, 3]. */
  readonly rows: Float32Array;
}

/** Filters pixels [height, width, 3] first along x, to `rows`, then along y, to [size, size, 3]. */
export function resample(
  source: Uint8Array,
  target: Uint8Array | Uint8ClampedArray,
  { across, down, width, size, rows }: Resampling,
): void {
  filter(source, rows, across, {
    lines: rows.length / (size * 3),
    lineStep: width * 3,
    step: 3,
    outLineStep: size * 3,
    outStep: 3,
    size,
  });
  filter(rows, target, down, {
    lines: size,
    lineStep: 3,
    step: size * 3,
    outLineStep: 3,
    outStep: size * 3,
    size,
  });
}

/** The lines of an image, and the steps between values in both images. */
interface Walk {
  lines: number;
  lineStep: number;
  step: number;
  outLineStep: number;
  outStep: number;
  size: number;
}

/** Filters each line of `source` to `size` positions of RGB. */
function filter(
  source: Uint8Array | Float32Array,
  out: Float32Array | Uint8Array | Uint8ClampedArray,
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

/**
 * The taps that map a line of `old` positions to `size` positions.
 * @param span the part of the line that is mapped: its start and length; default: all
 */
export function makeTaps(
  old: number,
  size: number,
  kernel: Kernel,
  [start, length]: readonly [number, number] = [0, old],
): Taps {
  const scale = length / size;
  const unit = Math.max(1, scale);
  const radius = unit * kernel.radius;
  const width = Math.min(old, Math.ceil(2 * radius) + 1);
  const first = new Int32Array(size);
  const weights = new Float32Array(size * width);
  for (let o = 0; o < size; o++) {
    const centre = (o + 0.5) * scale - 0.5 + start;
    first[o] = Math.min(Math.max(0, Math.ceil(centre - radius)), old - width);
    let sum = 0;
    for (let k = 0; k < width; k++) {
      const weight = kernel.weight(Math.abs(first[o] + k - centre) / unit);
      weights[o * width + k] = weight;
      sum += weight;
    }
    for (let k = 0; k < width; k++) weights[o * width + k] /= sum;
  }
  return { first, weights, width };
}
