/** Decodes an image file to pixels, in the same way for training folders and for single photos. */

import { constants } from 'node:fs';
import { access, readFile, stat } from 'node:fs/promises';
import type { Metadata } from 'sharp';
import { FormatError, LexelError } from '../util/errors.js';
import { type FilePath, shownPath } from '../util/file-path.js';
import { bytesText } from '../util/format.js';
import { kindOf } from '../util/regular-file.js';
import { shellWord } from '../util/shell.js';
import { readProblem } from '../util/system-errors.js';
import { Turns } from '../util/turns.js';
import { imageFormat } from './image-formats.js';
import type { RawImage } from './raw-image.js';

/**
 * Decodes a PNG, JPEG or WebP image, or any other format that sharp supports. The image is rotated according to its
 * EXIF orientation, scaled to cover size x size, cropped to the centre, converted to sRGB, and put on white if it is
 * transparent.
 *
 * @param input a path; the bytes of a file, whose format is detected from the first bytes; or pixels with their shape
 * @param name name of the image for error messages; default: the path
 * @returns uint8 [size, size, 3]
 * @throws FormatError if the image cannot be read, or is large and can only be decoded as a whole ({@link MAX_HELD});
 *   LexelError for pixels that do not match their width and height.
 */
export async function decodeImage(
  input: string | Uint8Array | RawImage,
  size: number,
  name?: string,
): Promise<Uint8Array> {
  const shown = name ?? (typeof input === 'string' ? input : 'image');
  if (typeof input === 'string') {
    await checkFile(input, shown);
    return decode(input, undefined, size, shown);
  }
  if (!(input instanceof Uint8Array)) return decode(input.data, rawOf(input, shown), size, shown);
  const format = imageFormat(input);
  if (!format) throw unreadable(shown, `${input.length} bytes in an unknown format`, ANEW_OR_SHAPE);
  return decode(input, undefined, size, shown, `${format}: `);
}

/** Same as {@link decodeImage}, for a path that may not be UTF-8. */
export async function decodeFile(path: FilePath, size: number): Promise<Uint8Array> {
  if (typeof path === 'string') return decodeImage(path, size);
  const name = shownPath(path);
  await checkFile(path, name);
  const bytes = await readFile(path).catch(async (error) => {
    throw new FormatError(name, await readProblem(path, error, 'file'));
  });
  return decode(bytes, undefined, size, name);
}

/**
 * Maximum memory in bytes for an image that can only be decoded as a whole. Photos from phones and cameras are decoded
 * line by line, so the limit does not apply to them.
 */
const MAX_HELD = 256 << 20;
/** Images that need more memory than this, in bytes, are decoded one after another. */
const LARGE = 32 << 20;
const large = new Turns();

const SMALLER = 'Make it smaller, or save it as a non-interlaced PNG or a non-progressive JPEG.';

class TooLarge extends Error {
  constructor(bytes: number) {
    super(
      `needs ${bytesText(bytes)} of memory, because this format cannot be decoded line by line; the limit is ${bytesText(MAX_HELD)}`,
    );
  }
}

const DEPTHS: Readonly<Record<string, number>> = {
  ushort: 2,
  short: 2,
  float: 4,
  uint: 4,
  int: 4,
  double: 8,
};

/** Bytes of memory needed before the first lines can be scaled; 0 if the image is decoded line by line. */
function heldBytes(metadata: Metadata): number {
  const { format, isProgressive, width, height, channels, depth, chromaSubsampling } = metadata;
  if ((format === 'png' || format === 'jpeg') && !isProgressive) return 0;
  // A progressive JPEG is kept as 16-bit coefficients, with chroma at full or (4:2:0) a quarter of the resolution.
  const values = format === 'jpeg' && chromaSubsampling === '4:2:0' ? 1.5 : channels;
  return width * height * values * (format === 'jpeg' ? 2 : (DEPTHS[depth] ?? 1));
}

const ANEW = 'Remove the file, or save it again as PNG.';
const ANEW_OR_SHAPE =
  'Save the image again as PNG. If these are pixels, pass their shape: { data, width, height }.';
export const PIXELS_HAVE_SHAPES =
  'Pixels need their shape: { data, width, height } for one image, { data, count, width, height } for several.';

async function decode(
  input: string | Uint8Array | Uint8ClampedArray,
  raw: ReturnType<typeof rawOf> | undefined,
  size: number,
  name: string,
  format = '',
): Promise<Uint8Array> {
  // Loaded lazily, because libvips costs 15 MiB and 50 ms, also in workers that only train.
  const { default: sharp } = await import('sharp');
  try {
    const image = sharp(input, raw && { raw });
    const held = raw ? 0 : heldBytes(await image.metadata());
    if (held > MAX_HELD) throw new TooLarge(held);
    const decoding = () =>
      image
        .autoOrient()
        .resize(size, size, { fit: 'cover' })
        .flatten({ background: '#ffffff' })
        .toColourspace('srgb')
        .raw({ depth: 'uchar' })
        .toBuffer({ resolveWithObject: true });
    const { data, info } = await (held > LARGE ? large.queue(decoding) : decoding());
    if (info.channels === 3) return data;
    // Some builds of libvips return grey images with one channel.
    const rgb = new Uint8Array(size * size * 3);
    for (let i = 0; i < rgb.length; i++) rgb[i] = data[Math.floor(i / 3) * info.channels];
    return rgb;
  } catch (error) {
    if (error instanceof TooLarge) throw new FormatError(name, error.message, SMALLER);
    if (typeof input === 'string') {
      await access(input, constants.R_OK).catch(async (denied) => {
        throw new FormatError(name, await readProblem(input, denied, 'file'));
      });
    }
    const why = (error as Error).message.split('\n')[0].replace(`${name}: `, '');
    throw unreadable(name, `${format}${why}`, format ? ANEW_OR_SHAPE : ANEW);
  }
}

const unreadable = (name: string, why: string, hint: string) =>
  new FormatError(name, `is not a readable image (${why})`, hint);

/** @throws FormatError if the path is not a regular file; reading a pipe could block for ever. */
async function checkFile(path: FilePath, name: string): Promise<void> {
  const found = await stat(path).catch(async (error) => {
    const hint = name.includes('\ufffd')
      ? 'A file whose name is not UTF-8 cannot be an argument; pass its folder or a list of files.'
      : undefined;
    throw new FormatError(name, await readProblem(path, error, 'file'), hint);
  });
  if (found.isFile()) {
    if (found.size === 0) throw unreadable(name, 'the file is empty', ANEW);
    return;
  }
  if (found.isDirectory()) {
    throw new FormatError(
      name,
      'is a folder, not an image',
      `Pass the images in it, such as ${shellWord(name)}/*.png`,
    );
  }
  throw new FormatError(name, `is a ${kindOf(found)}, not a file`, 'Save the image to a file first.');
}

/** @throws LexelError if `data` is not a byte array, for callers without type checking */
export function checkPixels(data: unknown, name: string): asserts data is RawImage['data'] {
  if (data instanceof Uint8Array || data instanceof Uint8ClampedArray) return;
  throw new LexelError(
    `${name}: pixels must be a Uint8Array or Uint8ClampedArray with values from 0 to 255`,
    PIXELS_HAVE_SHAPES,
  );
}

/** Options for sharp that describe pixels in memory. */
function rawOf({ data, width, height }: RawImage, name: string) {
  checkPixels(data, name);
  if (!(Number.isInteger(width) && Number.isInteger(height) && width > 0 && height > 0)) {
    throw new LexelError(
      `${name}: width ${width} and height ${height} must each be a whole number of pixels`,
      PIXELS_HAVE_SHAPES,
    );
  }
  const channels = data.length / (width * height);
  if (channels === 1 || channels === 3 || channels === 4) return { data, width, height, channels } as const;
  const format = imageFormat(new Uint8Array(data.buffer, data.byteOffset, data.length));
  if (format) {
    throw new LexelError(
      `${name}: these are the ${data.length} bytes of a ${format} file, not ${width} x ${height} pixels`,
      'Pass the bytes without width and height.',
    );
  }
  throw new LexelError(
    `${name}: ${data.length} values are not ${width} x ${height} pixels with 1, 3 or 4 channels`,
  );
}
