/**
 * Scales an image in memory to a network's input, as decodeImage of Node does: it covers the square, its centre is kept, it
 * is on white if it is transparent, and it is filtered by Lanczos 3, or Catmull-Rom
 * where it is enlarged. The results are not the same bits as libvips's, which
 * rounds between its passes: test/data/fit-image.test.ts has the difference.
 */
import { LexelError } from '../util/errors.js';
import type { RawImage } from './raw-image.js';
import { checkSize, makeTaps, resample } from './resize.js';

const sinc = (x: number): number => (x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x));

const LANCZOS = {
  radius: 3,
  weight: (distance: number) => (distance < 3 ? sinc(distance) * sinc(distance / 3) : 0),
};

/** Catmull-Rom, for images that are enlarged. */
const CUBIC = {
  radius: 2,
  weight: (distance: number) =>
    distance < 1
      ? (1.5 * distance - 2.5) * distance ** 2 + 1
      : distance < 2
        ? ((-0.5 * distance + 2.5) * distance - 4) * distance + 2
        : 0,
};

/** Where the centre part starts: libvips scales the whole line to whole pixels first, and crops to whole pixels of that. */
function cropStart(old: number, scale: number, size: number): number {
  const scaled = Math.round(old / scale);
  return Math.floor((scaled - size + 1) / 2) * scale + (old - scaled * scale) / 2;
}

/**
 * @param name what errors call the image
 * @returns uint8 [size, size, 3]
 * @throws LexelError if the pixels do not match their width and height
 */
export function fitImage(image: RawImage, size: number, name = 'image'): Uint8Array {
  checkSize(size);
  const { width, height } = image;
  const pixels = onWhite(image, name);
  if (width === size && height === size) return pixels;
  const side = Math.min(width, height);
  const kernel = side < size ? CUBIC : LANCZOS;
  const [across, down] = [width, height].map((old) =>
    makeTaps(old, size, kernel, [cropStart(old, side / size, size), side]),
  );
  const rows = new Float32Array(height * size * 3);
  // Rounds, and clamps what the filter overshoots.
  const out = new Uint8ClampedArray(size * size * 3);
  resample(pixels, out, { across, down, width, size, rows });
  return new Uint8Array(out.buffer);
}

/** The image as RGB on white, uint8 [height, width, 3]. */
function onWhite({ data, width, height }: RawImage, name: string): Uint8Array {
  const count = width * height;
  const channels = data.length / count;
  if (!(Number.isInteger(width) && Number.isInteger(height) && count > 0) || ![1, 3, 4].includes(channels)) {
    throw new LexelError(
      `${name}: ${data.length} values are not ${width} x ${height} pixels with 1, 3 or 4 channels`,
      'Pixels need their shape: { data, width, height }, such as an ImageData.',
    );
  }
  if (channels === 3) return Uint8Array.from(data);
  const out = new Uint8Array(count * 3);
  for (let i = 0; i < count; i++) {
    const alpha = channels === 4 ? data[i * 4 + 3] : 255;
    for (let c = 0; c < 3; c++) {
      const value = channels === 4 ? data[i * 4 + c] : data[i];
      out[i * 3 + c] = alpha === 255 ? value : Math.round((value * alpha + 255 * (255 - alpha)) / 255);
    }
  }
  return out;
}
