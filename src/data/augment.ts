/**
 * Augmentation as data: this file draws a record per image (augment-record.ts), and the engine applies it while it packs
 * its input. {@link applyAugment} is a simple reference implementation.
 *
 * Cutout: DeVries & Taylor, arXiv 1708.04552. CutMix: Yun et al., ICCV 2019, arXiv 1905.04899.
 */

import { LexelError } from '../util/errors.js';
import { type Key, Random, threefry } from '../util/random.js';
import { AUGMENT, AUGMENT_FIELDS } from './augment-record.js';
import type { Rgb } from './image-statistics.js';

export interface AugmentOptions {
  /** Maximum shift of the random crop in each direction, in pixels; the border is filled by reflection. 0 = off. */
  readonly crop: number;
  /** Whether images are mirrored with probability 1/2. */
  readonly flip: boolean;
  /** Side of the square that cutout blanks, in pixels, centred anywhere in the image; 0 = off. */
  readonly cutout: number;
  /**
   * Parameter of CutMix's Beta distribution; 0 = off. If cutout is on too, each batch uses one of the two, with
   * probability 1/2 each.
   */
  readonly cutmix: number;
}

/**
 * Draws the records of one batch into `out`, int32 [batch, AUGMENT_FIELDS]. Returns for each image the share of its
 * own pixels, float32 [batch]: 1, or less if CutMix replaced a part by another image of the batch (the record's
 * partner). The target of a mixed image is share * own target + (1 - share) * partner's target.
 */
export type Augment = (out: Int32Array, batch: number, key: Key) => Float32Array;

/** Options for no augmentation. */
export const NO_AUGMENT: AugmentOptions = { crop: 0, flip: false, cutout: 0, cutmix: 0 };

/**
 * Returns the function that draws a batch's augmentation. Every image has a separate random stream under the step's
 * key, so a draw depends only on (key, position in the batch).
 *
 * @param size height and width of the images, in pixels
 * @throws LexelError if an option is out of range.
 */
export function makeAugment(options: AugmentOptions, size: number): Augment {
  const { crop, flip, cutout, cutmix } = options;
  const whole = (name: string, value: number, most: number) => {
    if (Number.isInteger(value) && value >= 0 && value <= most) return;
    throw new LexelError(`${name} ${value} is not a whole number of pixels from 0 to ${most}`);
  };
  whole('crop', crop, size - 1);
  whole('cutout', cutout, size);
  if (!Number.isFinite(cutmix) || cutmix < 0)
    throw new LexelError(`cutmix ${cutmix} is not a number of at least 0`);

  return (out, batch, key) => {
    out.fill(0, 0, batch * AUGMENT_FIELDS);
    // The stream for draws per batch; those of the images are numbered from 0.
    const shared = new Random(threefry(key, 0xffffffff, 0));
    const mixes = cutmix > 0 && (cutout === 0 || shared.uniform() < 0.5);
    const partners = new Int32Array(mixes ? batch : 0);
    const shares = new Float32Array(batch).fill(1);
    for (let i = 0; i < partners.length; i++) partners[i] = i;
    shared.shuffle(partners);
    for (let i = 0; i < batch; i++) {
      const random = new Random(threefry(key, i, 0));
      const at = i * AUGMENT_FIELDS;
      if (crop > 0) {
        out[at + AUGMENT.shiftY] = random.below(2 * crop + 1) - crop;
        out[at + AUGMENT.shiftX] = random.below(2 * crop + 1) - crop;
      }
      if (flip) out[at + AUGMENT.flip] = random.below(2);
      if (mixes) {
        const side = Math.round(size * Math.sqrt(1 - beta(random, cutmix)));
        const area = box(out, at, size, side, random);
        out[at + AUGMENT.partner] = partners[i];
        shares[i] = 1 - area / size ** 2;
      } else if (cutout > 0) {
        box(out, at, size, cutout, random);
        out[at + AUGMENT.partner] = -1;
      }
    }
    return shares;
  };
}

/** Draws a square box, centred anywhere and clipped at the edges, into the record at `at`; returns its area. */
function box(out: Int32Array, at: number, size: number, side: number, random: Random): number {
  const { top, bottom, left, right } = AUGMENT;
  let area = 1;
  for (const [first, end] of [
    [top, bottom],
    [left, right],
  ]) {
    const start = random.below(size) - Math.floor(side / 2);
    out[at + first] = Math.max(0, start);
    out[at + end] = Math.min(size, Math.max(0, start + side));
    area *= out[at + end] - out[at + first];
  }
  return area;
}

/** Draws from Beta(alpha, alpha): a / (a + b) for two draws a and b from Gamma(alpha). */
function beta(random: Random, alpha: number): number {
  if (alpha === 1) return random.uniform();
  const a = gamma(random, alpha);
  const b = gamma(random, alpha);
  return a + b > 0 ? a / (a + b) : random.below(2);
}

/** Draws from Gamma(shape, 1): Marsaglia & Tsang, "A simple method for generating gamma variables", 2000. */
function gamma(random: Random, shape: number): number {
  if (shape < 1) return gamma(random, shape + 1) * (1 - random.uniform()) ** (1 / shape);
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = random.normal();
    const v = (1 + c * x) ** 3;
    if (v > 0 && Math.log(1 - random.uniform()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v;
  }
}

/** Reflects index `i` into 0..size-1 without repeating the edge pixel: -1 becomes 1, size becomes size - 2. */
export function reflect(i: number, size: number): number {
  if (size === 1) return 0;
  const period = 2 * (size - 1);
  const inside = ((i % period) + period) % period;
  return inside < size ? inside : period - inside;
}

/** The record of image `i` as an object. */
function recordAt(augment: Int32Array, i: number): Record<keyof typeof AUGMENT, number> {
  const at = i * AUGMENT_FIELDS;
  const fields = Object.entries(AUGMENT).map(([name, place]) => [name, augment[at + place]]);
  return Object.fromEntries(fields);
}

/**
 * Reference implementation for the engine: applies records, then normalises, (pixel / 255 - mean) / std per channel.
 *
 * @param pixels uint8 [batch, size, size, 3]
 * @param augment int32 [batch, AUGMENT_FIELDS]
 * @returns float32 [batch, size, size, 3]
 */
export function applyAugment(
  pixels: Uint8Array,
  augment: Int32Array,
  size: number,
  mean: Rgb | readonly number[],
  std: Rgb | readonly number[],
): Float32Array {
  const image = size * size * 3;
  const batch = pixels.length / image;
  const out = new Float32Array(pixels.length);
  for (let i = 0; i < batch; i++) {
    const { top, bottom, left, right, partner } = recordAt(augment, i);
    for (let y = 0; y < size; y++) {
      for (let x = 0; x < size; x++) {
        const inBox = y >= top && y < bottom && x >= left && x < right;
        const target = i * image + (y * size + x) * 3;
        if (inBox && partner < 0) continue;
        const from = inBox ? partner : i;
        const { shiftY, shiftX, flip } = recordAt(augment, from);
        const sourceY = reflect(y + shiftY, size);
        const sourceX = reflect((flip ? size - 1 - x : x) + shiftX, size);
        const source = from * image + (sourceY * size + sourceX) * 3;
        for (let c = 0; c < 3; c++) out[target + c] = (pixels[source + c] / 255 - mean[c]) / std[c];
      }
    }
  }
  return out;
}
