/** One picture file to pixels: the same way for training folders and for a user's own photo. */
import { statSync } from 'node:fs';
import { FormatError, LexelError } from '../util/errors.js';

/** Pixels in memory, row by row from the top, such as a canvas' `ImageData`. */
export interface RawImage {
  /** [height, width, channels], 0 to 255; channels are 1 (grey), 3 (RGB) or 4 (RGBA, not premultiplied). */
  readonly data: Uint8Array | Uint8ClampedArray;
  /** In pixels. */
  readonly width: number;
  /** In pixels. */
  readonly height: number;
}

/**
 * Decodes a PNG, JPEG, WebP (or whatever sharp reads): turned as its EXIF says, scaled to cover size x size and cut
 * to its middle, sRGB, transparent parts on white.
 *
 * @param input a file's path, its bytes, or pixels
 * @param name what errors call it; default the path
 * @returns uint8 [size, size, 3]
 * @throws FormatError when it is no readable picture; LexelError for pixels that do not fit their width and height.
 */
export async function decodeImage(
  input: string | Uint8Array | RawImage,
  size: number,
  name?: string,
): Promise<Uint8Array> {
  const raw = typeof input === 'string' || input instanceof Uint8Array ? undefined : rawOf(input, name);
  // Loaded when first needed: libvips costs 15 MiB and 50 ms, also in workers that only train.
  const { default: sharp } = await import('sharp');
  try {
    const { data, info } = await sharp(raw ? raw.data : (input as string | Uint8Array), raw && { raw })
      .autoOrient()
      .resize(size, size, { fit: 'cover' })
      .flatten({ background: '#ffffff' })
      .toColourspace('srgb')
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true });
    if (info.channels === 3) return data;
    // Grey stays one channel in some builds of libvips.
    const rgb = new Uint8Array(size * size * 3);
    for (let i = 0; i < rgb.length; i++) rgb[i] = data[Math.floor(i / 3) * info.channels];
    return rgb;
  } catch (error) {
    const file = name ?? (typeof input === 'string' ? input : 'image');
    const stat = typeof input === 'string' ? statSync(input, { throwIfNoEntry: false }) : null;
    if (stat === undefined) throw new FormatError(file, 'no such file');
    if (stat?.isDirectory()) {
      throw new FormatError(
        file,
        'is a folder, not a picture',
        `Name the pictures in it, such as ${file}/*.png`,
      );
    }
    const why = (error as Error).message.split('\n')[0].replace(`${file}: `, '');
    throw new FormatError(
      file,
      `is not a readable picture (${why})`,
      'Remove the file or save it anew as PNG.',
    );
  }
}

/** What sharp is told about pixels in memory. */
function rawOf({ data, width, height }: RawImage, name = 'image') {
  const channels = data.length / (width * height);
  if (channels === 1 || channels === 3 || channels === 4) return { data, width, height, channels } as const;
  throw new LexelError(
    `${name}: ${data.length} values are no ${width} x ${height} pixels of 1, 3 or 4 channels`,
  );
}
