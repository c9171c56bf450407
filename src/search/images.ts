/**
 * Converts images given by a caller (files, encoded bytes, pixels of any size, a batch) to a network's input.
 */
import { availableParallelism } from 'node:os';
import { checkPixels, decodeImage, PIXELS_HAVE_SHAPES, type RawImage } from '../data/index.js';
import { LexelError } from '../util/errors.js';

/** The path of an image file, its bytes (PNG, JPEG, ...), or pixels in memory with their shape. */
export type ImageInput = string | Uint8Array | RawImage;

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
 * pixels of the wrong size
 */
export async function pixelsOf(images: Images, size: number): Promise<Uint8Array> {
  const bytes = size * size * 3;
  const list = listOf(images);
  const nameOf = (i: number) => (list.length > 1 ? `image ${i + 1} of ${list.length}` : 'image');
  for (let i = 0; i < list.length; i++) checkKind(list[i], nameOf(i));
  const pixels = new Uint8Array(list.length * bytes);
  let next = 0;
  const worker = async () => {
    while (next < list.length) {
      const i = next++;
      pixels.set(await imageOf(list[i], size, nameOf(i)), i * bytes);
    }
  };
  await Promise.all(Array.from({ length: Math.min(list.length, availableParallelism()) }, worker));
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

const AN_IMAGE =
  'Give a path, the bytes of an image file as a Uint8Array, or pixels with their shape, { data, width, height }.';

/**
 * @throws LexelError for values that untyped callers may pass: undefined, pixels without a shape, a promise
 */
function checkKind(image: unknown, name: string): void {
  if (typeof image === 'string' || image instanceof Uint8Array) return;
  if (ArrayBuffer.isView(image)) {
    throw new LexelError(`${name}: pixels need a width and height`, PIXELS_HAVE_SHAPES);
  }
  if (typeof image === 'object' && image !== null) {
    if ('data' in image) return;
    throw new LexelError(`${name}: not an image (${image.constructor?.name ?? 'Object'})`, AN_IMAGE);
  }
  throw new LexelError(`${name}: not an image (${image === null ? 'null' : typeof image})`, AN_IMAGE);
}

async function imageOf(
  image: ImageInput,
  size: number,
  name: string,
): Promise<Uint8Array | Uint8ClampedArray> {
  if (typeof image === 'string') return decodeImage(image, size);
  if (isBatch(image)) {
    throw new LexelError(`${name}: a batch cannot be part of a list`, 'List its images individually.');
  }
  if (!(image instanceof Uint8Array) && isReady(image, size)) return image.data;
  return decodeImage(image, size, name);
}

/** Pixels that already have the right size need no decoder. */
function isReady({ data, width, height }: RawImage, size: number): boolean {
  const bytes = data instanceof Uint8Array || data instanceof Uint8ClampedArray;
  return bytes && width === size && height === size && data.length === size * size * 3;
}
