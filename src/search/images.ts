/** Images as a caller has them (files, encoded bytes, pixels of any size, a whole batch) to what a network takes. */
import { availableParallelism } from 'node:os';
import { checkPixels, decodeImage, PIXELS_HAVE_SHAPES, type RawImage } from '../data/index.js';
import { LexelError } from '../util/errors.js';

/** An image file's path, its bytes (as a PNG, JPEG, ... has them), or pixels in memory with their shape. */
export type ImageInput = string | Uint8Array | RawImage;

/** Pixels of several images of one size, one after another: data are [count, height, width, channels]. */
export interface RawImages extends RawImage {
  readonly count: number;
}

/** One image or several. Pixels always come with their shape; a bare Uint8Array or Buffer is an encoded image. */
export type Images = ImageInput | RawImages | readonly ImageInput[];

/**
 * Pixels for a network, uint8 [n, size, size, 3]: every image decoded, turned, cut and scaled as training images
 * are. Several at once; libvips runs outside the event loop.
 *
 * @throws FormatError for a file or bytes that are no readable image; LexelError for what is no image and for pixels
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
      pixels.set(await imageOf(list[i], size, nameOf(i)), i * bytes);
    }
  };
  await Promise.all(Array.from({ length: Math.min(list.length, availableParallelism()) }, worker));
  return pixels;
}

/** A batch becomes its images, which share its memory. */
function listOf(images: Images): readonly ImageInput[] {
  if (Array.isArray(images)) return images as readonly ImageInput[];
  if (!isBatch(images)) return [images as ImageInput];
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
function checkKind(image: unknown, name: string): void {
  if (typeof image === 'string' || image instanceof Uint8Array) return;
  if (ArrayBuffer.isView(image)) {
    throw new LexelError(`${name}: pixels need their width and height`, PIXELS_HAVE_SHAPES);
  }
  if (typeof image === 'object' && image !== null) {
    if ('data' in image) return;
    throw new LexelError(`${name}: is not an image (${image.constructor?.name ?? 'Object'})`, AN_IMAGE);
  }
  throw new LexelError(`${name}: is not an image (${image === null ? 'null' : typeof image})`, AN_IMAGE);
}

async function imageOf(
  image: ImageInput,
  size: number,
  name: string,
): Promise<Uint8Array | Uint8ClampedArray> {
  if (typeof image === 'string') return decodeImage(image, size);
  if (isBatch(image)) {
    throw new LexelError(`${name}: a batch stands alone, not in a list`, 'List its images one by one.');
  }
  if (!(image instanceof Uint8Array) && isReady(image, size)) return image.data;
  return decodeImage(image, size, name);
}

/** What has the size already needs no decoder. */
function isReady({ data, width, height }: RawImage, size: number): boolean {
  const bytes = data instanceof Uint8Array || data instanceof Uint8ClampedArray;
  return bytes && width === size && height === size && data.length === size * size * 3;
}
