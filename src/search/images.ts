/** Pictures as a caller has them (files, pixels of any size, a whole batch) to what a network takes. */
import { availableParallelism } from 'node:os';
import { decodeImage, type RawImage } from '../data/index.js';
import { LexelError } from '../util/errors.js';

/** A picture file's path, or pixels in memory. */
export type Picture = string | RawImage;

/** One picture or several; or uint8 [n, size, size, 3], RGB, already of the network's size. */
export type Images = Picture | readonly Picture[] | Uint8Array;

/**
 * Pixels for a network, uint8 [n, size, size, 3]: every picture decoded, turned, cut and scaled as training pictures
 * are. Several at once; libvips runs outside the event loop.
 *
 * @throws FormatError for a file that is no readable picture; LexelError for pixels that do not fit.
 */
export async function pixelsOf(images: Images, size: number): Promise<Uint8Array> {
  const bytes = size * size * 3;
  if (images instanceof Uint8Array) {
    if (images.length % bytes === 0) return images;
    throw new LexelError(
      `${images.length} bytes are no whole number of ${size} x ${size} RGB images`,
      'Give pixels of another size as { data, width, height }.',
    );
  }
  const list = Array.isArray(images) ? (images as readonly Picture[]) : [images as Picture];
  const pixels = new Uint8Array(list.length * bytes);
  let next = 0;
  const worker = async () => {
    while (next < list.length) {
      const i = next++;
      pixels.set(await pictureOf(list[i], size), i * bytes);
    }
  };
  await Promise.all(Array.from({ length: Math.min(list.length, availableParallelism()) }, worker));
  return pixels;
}

async function pictureOf(picture: Picture, size: number): Promise<Uint8Array | Uint8ClampedArray> {
  if (typeof picture === 'string') return decodeImage(picture, size);
  const { data, width, height } = picture;
  // What has the size already needs no decoder.
  if (width === size && height === size && data.length === size * size * 3) return data;
  return decodeImage(picture, size);
}
