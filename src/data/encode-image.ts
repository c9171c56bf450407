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
