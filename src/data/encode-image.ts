/** Encodes pixels as a PNG file. */

/**
 * @param pixels uint8 [size, size, 3], RGB
 * @param size height and width
 * @returns the bytes of the file, without loss
 */
export async function encodePng(pixels: Uint8Array, size: number): Promise<Uint8Array> {
  const { default: sharp } = await import('sharp'); // loaded lazily, as for decoding
  return sharp(pixels, { raw: { width: size, height: size, channels: 3 } })
    .png({ compressionLevel: 9 })
    .toBuffer();
}

/** A smaller copy of a square image. @param size height and width in pixels @returns the bytes of a PNG file */
export async function shrinkPng(png: Uint8Array, size: number): Promise<Uint8Array> {
  const { default: sharp } = await import('sharp');
  return sharp(png).resize(size, size).png({ compressionLevel: 9 }).toBuffer();
}
