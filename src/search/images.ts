/** Converts images given by a caller, one, several, or a batch of pixels, to a network's input. */

import { checkPixels, PIXELS_HAVE_SHAPES } from '../data/decode-image.js';
import type { RawImage } from '../data/raw-image.js';
import { LexelError } from '../util/errors.js';
import { usableCores } from '../util/machine.js';
import { checkImage, type ImageInput, readImage } from './image-source.js';

/** Pixels of several images of the same size: data has shape [count, height, width, channels]. */
export interface RawImages extends RawImage {
  readonly count: number;
}

/** One or several images. Pixels must have a shape; a plain Uint8Array or Buffer is an encoded image. */
export type Images = ImageInput | RawImages | readonly ImageInput[];

/**
 * Pixels for a network, uint8 [n, size, size, 3]. Every image is decoded, rotated, cropped and scaled like
 * the training images. Several are decoded at once; libvips runs outside the event loop.
 *
 * @throws FormatError for a file or bytes that are not a readable image; LexelError for other values and for
 * pixels of the wrong size; the reason of `signal` if it is aborted
 */
export async function pixelsOf(images: Images, size: number, signal?: AbortSignal): Promise<Uint8Array> {
  signal?.throwIfAborted();
  const bytes = size * size * 3;
  const list = listOf(images);
  const nameOf = (i: number) => (list.length > 1 ? `image ${i + 1} of ${list.length}` : 'image');
  for (let i = 0; i < list.length; i++) {
    checkImage(list[i], nameOf(i));
    if (isBatch(list[i])) {
      throw new LexelError(`${nameOf(i)}: a batch cannot be part of a list`, 'List its images individually.');
    }
  }
  const pixels = new Uint8Array(list.length * bytes);
  let next = 0;
  const worker = async () => {
    while (next < list.length) {
      const i = next++;
      pixels.set(await readImage(list[i], size, nameOf(i), signal), i * bytes);
    }
  };
  await Promise.all(Array.from({ length: Math.min(list.length, usableCores()) }, worker));
  return pixels;
}

/** Splits a batch into its images, which share its memory. */
function listOf(images: Images): readonly ImageInput[] {
  if (Array.isArray(images)) return images as readonly ImageInput[];
  if (!isBatch(images)) return [images as ImageInput];
  const { data, count, width, height } = images;
  checkPixels(data, 'image');
  const values = data.length / count;
  if (!(Number.isInteger(count) && count > 0) || ![1, 3, 4].includes(values / (width * height))) {
    throw new LexelError(
      `image: ${data.length} values do not match ${count} times ${width} x ${height} pixels with 1, 3 or 4 channels`,
      PIXELS_HAVE_SHAPES,
    );
  }
  return Array.from({ length: count }, (_, i) => ({
    data: data.subarray(i * values, (i + 1) * values),
    width,
    height,
  }));
}

const isBatch = (images: unknown): images is RawImages =>
  typeof images === 'object' && images !== null && 'count' in images;
