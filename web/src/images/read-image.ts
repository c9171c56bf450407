/** Decodes images in a worker: what the browser can read, as the network and the page want it. */

import { FormatError, fitImage, type RawImage } from '../../../src/browser/index.js';

/** An image that was read. */
export interface SeenImage {
  /** What the network sees: uint8 [size, size, 3]. */
  readonly pixels: Uint8Array<ArrayBuffer>;
  readonly size: number;
  /** The part of the image that was taken, at most {@link SHOWN} pixels wide. */
  readonly crop: ImageBitmap;
}

/** Longer sides are scaled down by the browser before the network's own scaling, to bound the memory. */
const MOST = 2048;
/** Side of a crop that is shown. */
const SHOWN = 256;

/**
 * @param name of the file, for messages
 * @throws FormatError if the browser cannot decode it
 */
export async function readImage(blob: Blob, size: number, name: string): Promise<SeenImage> {
  const whole = await createImageBitmap(blob).catch(() => {
    throw new FormatError(
      name,
      'is not an image that this browser can read',
      'Save it as PNG, JPEG or WebP.',
    );
  });
  const side = Math.min(whole.width, whole.height);
  const shown = Math.min(side, SHOWN);
  const crop = await createImageBitmap(
    whole,
    Math.floor((whole.width - side) / 2),
    Math.floor((whole.height - side) / 2),
    side,
    side,
    { resizeWidth: shown, resizeHeight: shown, resizeQuality: 'high' },
  );
  const pixels = Uint8Array.from(fitImage(rawOf(whole), size));
  whole.close();
  return { pixels, size, crop };
}

function rawOf(image: ImageBitmap): RawImage {
  const scale = Math.min(1, MOST / Math.max(image.width, image.height));
  const width = Math.max(1, Math.round(image.width * scale));
  const height = Math.max(1, Math.round(image.height * scale));
  const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true })!;
  context.imageSmoothingQuality = 'high';
  context.drawImage(image, 0, 0, width, height);
  return context.getImageData(0, 0, width, height);
}
