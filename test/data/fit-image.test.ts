/** Images scaled without sharp: the same geometry as decodeImage, and nearly the same values. */

import { describe, expect, it } from 'vitest';
import { decodeImage } from '../../src/data/decode-image.js';
import { fitImage } from '../../src/data/fit-image.js';
import type { RawImage } from '../../src/data/raw-image.js';
import { LexelError } from '../../src/util/errors.js';
import { Random } from '../../src/util/random.js';

/** Soft blobs and edges of random colours, as smooth and as sharp as in a photo. */
function scene(width: number, height: number, channels: 1 | 3 | 4, seed: number): RawImage {
  const random = new Random([seed, 0]);
  const blobs = Array.from({ length: 12 }, () => ({
    x: random.uniform() * width,
    y: random.uniform() * height,
    radius: (0.1 + 0.3 * random.uniform()) * Math.min(width, height),
    colour: [random.below(256), random.below(256), random.below(256), 60 + random.below(196)],
  }));
  const data = new Uint8ClampedArray(width * height * channels);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const blob = blobs.findLast((one) => Math.hypot(x - one.x, y - one.y) < one.radius) ?? blobs[0];
      for (let c = 0; c < channels; c++) {
        data[(y * width + x) * channels + c] = blob.colour[c] + (c < 3 ? 20 * Math.sin((x + 2 * y) / 9) : 0);
      }
    }
  }
  return { data, width, height };
}

function difference(a: Uint8Array, b: Uint8Array): { mean: number; most: number } {
  const each = Array.from(a, (value, i) => Math.abs(value - b[i]));
  return { mean: each.reduce((sum, one) => sum + one, 0) / each.length, most: Math.max(...each) };
}

describe('fitImage', () => {
  it.each([
    [640, 480, 3],
    [200, 333, 4],
    [1200, 900, 3],
    [90, 61, 1],
  ] as const)(
    'differs from decodeImage by less than 1.5 of 255 on average: %s x %s, %s channels',
    async (width, height, channels) => {
      const image = scene(width, height, channels, width);
      const [ours, theirs] = [fitImage(image, 32), await decodeImage(image, 32)];
      const { mean, most } = difference(ours, theirs);
      expect(mean).toBeLessThan(1.5);
      expect(most).toBeLessThanOrEqual(20);
    },
  );

  it('gives the same bytes as decodeImage at the network size', async () => {
    const image = scene(32, 32, 3, 7);
    expect(fitImage(image, 32)).toEqual(new Uint8Array(await decodeImage(image, 32)));
  });

  it('puts transparent images on white', () => {
    const clear = { data: new Uint8ClampedArray(64 * 64 * 4), width: 64, height: 64 };
    expect(fitImage(clear, 8).every((value) => value === 255)).toBe(true);
  });

  it('refuses pixels that do not match their shape', () => {
    for (const image of [
      { data: new Uint8Array(10), width: 2, height: 2 },
      { data: new Uint8Array(0), width: 0, height: 0 },
      { data: new Uint8Array(4), width: 1.5, height: 2 },
    ])
      expect(() => fitImage(image, 8)).toThrow(LexelError);
  });
});
