/** One picture file to pixels: the same way for training folders and for a user's own photo. */
import { statSync } from 'node:fs';
import { FormatError } from '../util/errors.js';

/**
 * Decodes a PNG, JPEG, WebP (or whatever sharp reads): turned as its EXIF says, scaled to cover size x size and cut
 * to its middle, sRGB, transparent parts on white.
 *
 * @param input a file's path or its bytes
 * @param name what errors call it; default the path
 * @returns uint8 [size, size, 3]
 * @throws FormatError when it is no readable picture.
 */
export async function decodeImage(
  input: string | Uint8Array,
  size: number,
  name?: string,
): Promise<Uint8Array> {
  // Loaded when first needed: libvips costs 15 MiB and 50 ms, also in workers that only train.
  const { default: sharp } = await import('sharp');
  try {
    const { data, info } = await sharp(input)
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
