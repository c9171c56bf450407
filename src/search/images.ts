/** Pictures as a caller has them (files, encoded bytes, pixels of any size, a whole batch) to what a network takes. */
import { availableParallelism } from 'node:os';
import { checkPixels, decodeImage, PIXELS_HAVE_SHAPES, type RawImage } from '../data/index.js';
import { LexelError } from '../util/errors.js';

/** An image file's path, its bytes (as a PNG, JPEG, ... has them), or pixels in memory with their shape. */
export type Picture = string | Uint8Array | RawImage;

/** Pixels of several images of one size, one after another: data are [count, height, width, channels]. */
export interface RawImages extends RawImage {
  readonly count: number;
}

/** One picture or several. Pixels always come with their shape; a bare Uint8Array or Buffer is an encoded image. */
export type Images = Picture | RawImages | readonly Picture[];

/**
 * Pixels for a network, uint8 [n, size, size, 3]: every picture decoded, turned, cut and scaled as training pictures
 * are. Several at once; libvips runs outside the event loop.
 *
 * @throws FormatError for a file or bytes that are no readable picture; LexelError for what is no image and for pixels
 *   that do not fit.
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
      pixels.set(await pictureOf(list[i], size, nameOf(i)), i * bytes);
    }
  };
  await Promise.all(Array.from({ length: Math.min(list.length, availableParallelism()) }, worker));
  return pixels;
}

/** A batch becomes its images, which share its memory. */
function listOf(images: Images): readonly Picture[] {
  if (Array.isArray(images)) return images as readonly Picture[];
  if (!isBatch(images)) return [images as Picture];
  const { data, count, width, height } = images;
  checkPixels(data, 'image');
  const values = data.length / count;
  if (!(Number.isInteger(count) && count > 0) || ![1, 3, 4].includes(values / (width * height))) {
    throw new LexelError(
      `image: ${data.length} values are no ${count} times ${width} x ${height} pixels of 1, 3 or 4 channels`,
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

/** @throws LexelError for what callers without types may give: nothing, pixels without a shape, a promise. */
function checkKind(picture: unknown, name: string): void {
  if (typeof picture === 'string' || picture instanceof Uint8Array) return;
  if (ArrayBuffer.isView(picture)) {
    throw new LexelError(`${name}: pixels need their width and height`, PIXELS_HAVE_SHAPES);
  }
  if (typeof picture === 'object' && picture !== null) {
    if ('data' in picture) return;
    throw new LexelError(`${name}: is not an image (${picture.constructor?.name ?? 'Object'})`, AN_IMAGE);
  }
  throw new LexelError(`${name}: is not an image (${picture === null ? 'null' : typeof picture})`, AN_IMAGE);
}

async function pictureOf(
  picture: Picture,
  size: number,
  name: string,
): Promise<Uint8Array | Uint8ClampedArray> {
  if (typeof picture === 'string') return decodeImage(picture, size);
  if (isBatch(picture)) {
    throw new LexelError(`${name}: a batch stands alone, not in a list`, 'List its images one by one.');
  }
  if (!(picture instanceof Uint8Array) && isReady(picture, size)) return picture.data;
  return decodeImage(picture, size, name);
}

/** What has the size already needs no decoder. */
function isReady({ data, width, height }: RawImage, size: number): boolean {
  const bytes = data instanceof Uint8Array || data instanceof Uint8ClampedArray;
  return bytes && width === size && height === size && data.length === size * size * 3;
}
