/** Where an image may come from: a path, a URL, a Blob, encoded bytes, or pixels in memory. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { decodeImage, PIXELS_HAVE_SHAPES } from '../data/decode-image.js';
import type { RawImage } from '../data/raw-image.js';
import { removeFolder, temporaryFolder } from '../formats/temporary.js';
import { FormatError, LexelError } from '../util/errors.js';

/**
 * An image:
 * - the path of a file, as a string;
 * - a `URL` object with file:, http:, https: or data:. Images from the network are limited to {@link MAX_ENCODED} bytes
 *   and are not kept;
 * - a `Blob` or `File` that contains an image file;
 * - the bytes of an image file (PNG, JPEG, ...), as a Buffer, Uint8Array or ArrayBuffer;
 * - pixels with their shape, such as a canvas' `ImageData`.
 */
export type ImageInput = string | URL | Blob | Uint8Array | ArrayBuffer | RawImage;

/** Maximum size of an image from the network or of a Blob, in bytes. */
export const MAX_ENCODED = 64 << 20;

const AN_IMAGE =
  'Give a path, a URL object, a Blob, the bytes of an image file as a Buffer, Uint8Array or ArrayBuffer, ' +
  'or pixels with their shape, { data, width, height }.';

/**
 * @param name what errors call the value, such as "image 2 of 3"
 * @throws LexelError for values that untyped callers may pass: undefined, pixels without a shape, a promise
 */
export function checkImage(image: unknown, name: string): asserts image is ImageInput {
  if (typeof image === 'string' || image instanceof URL) return;
  if (image instanceof Uint8Array || image instanceof ArrayBuffer || image instanceof Blob) return;
  if (ArrayBuffer.isView(image)) {
    throw new LexelError(`${name}: pixels need a width and height`, PIXELS_HAVE_SHAPES);
  }
  const object = typeof image === 'object' && image !== null;
  if (object && 'data' in image) return;
  const kind = object ? (image.constructor?.name ?? 'Object') : image === null ? 'null' : typeof image;
  throw new LexelError(`${name}: not an image (${kind})`, AN_IMAGE);
}

/**
 * Reads an image and scales it to the network's input.
 *
 * @param name what errors call an image without a path or address
 * @returns uint8 [size, size, 3]
 * @throws FormatError if it is not a readable image; LexelError for an address that cannot be used or downloaded, and for
 *   pixels of the wrong size; the reason of `signal` if it is aborted
 */
export async function readImage(
  image: ImageInput,
  size: number,
  name: string,
  signal?: AbortSignal,
): Promise<Uint8Array | Uint8ClampedArray> {
  signal?.throwIfAborted();
  if (typeof image === 'string') {
    if (ADDRESS.test(image)) throw new LexelError(`${name}: ${image} is not a path`, 'Pass new URL("…").');
    return decodeImage(image, size);
  }
  if (image instanceof URL) return fromUrl(image, size, signal);
  if (image instanceof Blob) {
    const own = image instanceof File && image.name !== '' ? image.name : name;
    if (image.size > MAX_ENCODED) throw tooLarge(own, image.size);
    return decodeImage(new Uint8Array(await image.arrayBuffer()), size, own);
  }
  if (image instanceof ArrayBuffer) return decodeImage(new Uint8Array(image), size, name);
  if (!(image instanceof Uint8Array) && isReady(image, size)) return image.data;
  return decodeImage(image, size, name);
}

/** The start of a string that was meant as an address. */
const ADDRESS = /^(https?|file):\/\/|^data:image\//i;

async function fromUrl(url: URL, size: number, signal?: AbortSignal): Promise<Uint8Array> {
  switch (url.protocol) {
    case 'file:':
      return decodeImage(pathOf(url), size);
    case 'data:':
      return decodeImage(await bytesOfDataUrl(url), size, 'data: URL');
    case 'http:':
    case 'https:':
      return decodeImage(await downloaded(url, signal), size, url.href);
    default:
      throw new LexelError(
        `${url.href}: an address with ${url.protocol} cannot be read`,
        'Use file:, http:, https: or data:.',
      );
  }
}

function pathOf(url: URL): string {
  try {
    return fileURLToPath(url);
  } catch (error) {
    throw new FormatError(url.href, `is not the address of a file here (${(error as Error).message})`);
  }
}

async function bytesOfDataUrl(url: URL): Promise<Uint8Array> {
  const response = await fetch(url).catch(() => undefined);
  if (!response) throw new FormatError('data: URL', 'is malformed', 'Write data:image/png;base64,…');
  return new Uint8Array(await response.arrayBuffer());
}

/** Downloads to a temporary folder, under the rules of all downloads: size limit, retries, idle time. */
async function downloaded(url: URL, signal?: AbortSignal): Promise<Uint8Array> {
  const folder = temporaryFolder('lexel-image');
  try {
    const { download } = await import('../util/download.js');
    const file = join(folder, 'image');
    await download(url.href, file, { maxSize: MAX_ENCODED, signal });
    return await readFile(file);
  } finally {
    await removeFolder(folder);
  }
}

const tooLarge = (name: string, bytes: number) =>
  new FormatError(name, `has ${bytes} bytes, more than ${MAX_ENCODED}`);

/** Pixels that already have the right size need no decoder. */
function isReady({ data, width, height }: RawImage, size: number): boolean {
  const bytes = data instanceof Uint8Array || data instanceof Uint8ClampedArray;
  return bytes && width === size && height === size && data.length === size * size * 3;
}
