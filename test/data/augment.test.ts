import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applyAugment, makeAugment, NO_AUGMENT, reflect } from '../../src/data/augment.js';
import { AUGMENT_FIELDS } from '../../src/data/augment-record.js';
import { deriveKey, Random } from '../../src/util/random.js';

const SIZE = 8;
const draw = (options: Partial<typeof NO_AUGMENT>, batch = 512, key = deriveKey(1, 'augment', 0)) => {
  const out = new Int32Array(batch * AUGMENT_FIELDS).fill(99);
  const shares = makeAugment({ ...NO_AUGMENT, ...options }, SIZE)(out, batch, key);
  return {
    out,
    shares,
    field: (f: number) => Array.from({ length: batch }, (_, i) => out[i * AUGMENT_FIELDS + f]),
  };
};

describe('makeAugment', () => {
  it('fills the record that the engine reads', () => {
    expect(draw({}).out.every((v) => v === 0)).toBe(true);
    expect(draw({}).shares.every((v) => v === 1)).toBe(true);
  });

  it('draws shifts in -crop..crop and flips half', () => {
    const { field } = draw({ crop: 2, flip: true }, 2000);
    for (const f of [0, 1]) expect(new Set(field(f))).toEqual(new Set([-2, -1, 0, 1, 2]));
    const flips = field(2).reduce((a, b) => a + b);
    expect(flips).toBeGreaterThan(900);
    expect(flips).toBeLessThan(1100);
  });

  it('depends only on the key and the position in the batch', () => {
    const options = { crop: 3, flip: true, cutout: 4 };
    expect(draw(options, 16).out).toEqual(draw(options, 64).out.subarray(0, 16 * AUGMENT_FIELDS));
    expect(draw(options, 16, [1, 2]).out).not.toEqual(draw(options, 16, [1, 3]).out);
  });

  it('clips cutout boxes at the edges', () => {
    const { out, shares } = draw({ cutout: 4 });
    let full = 0;
    for (let i = 0; i < 512; i++) {
      const [top, bottom, left, right, partner] = out.subarray(i * AUGMENT_FIELDS + 3);
      expect(0 <= top && top < bottom && bottom <= SIZE && 0 <= left && left < right && right <= SIZE).toBe(
        true,
      );
      expect(bottom - top).toBeLessThanOrEqual(4);
      expect(partner).toBe(-1);
      if ((bottom - top) * (right - left) === 16) full++;
    }
    expect(full).toBeGreaterThan(100);
    expect(shares.every((v) => v === 1)).toBe(true);
  });

  it('mixes by the area of the box', () => {
    const { out, shares } = draw({ cutmix: 1 });
    const partners = new Set<number>();
    shares.forEach((share, i) => {
      const [top, bottom, left, right, partner] = out.subarray(i * AUGMENT_FIELDS + 3);
      expect(share).toBeCloseTo(1 - ((bottom - top) * (right - left)) / SIZE ** 2, 6);
      partners.add(partner);
    });
    expect(partners.size).toBe(512);
    // Beta(1, 1) leaves half on average; clipping at the edges leaves more.
    const mean = shares.reduce((a, b) => a + b) / shares.length;
    expect(mean).toBeGreaterThan(0.55);
    expect(mean).toBeLessThan(0.75);
  });

  it('applies either cutout or CutMix to a batch if both are on', () => {
    let mixed = 0;
    for (let step = 0; step < 200; step++) {
      const partners = new Set(draw({ cutout: 3, cutmix: 0.5 }, 8, deriveKey(1, 'a', step)).field(7));
      expect(partners.has(-1)).toBe(partners.size === 1);
      if (!partners.has(-1)) mixed++;
    }
    expect(mixed).toBeGreaterThan(70);
    expect(mixed).toBeLessThan(130);
  });

  it('refuses numbers out of range', () => {
    expect(() => makeAugment({ ...NO_AUGMENT, crop: 8 }, 8)).toThrow(
      'crop 8 is not a whole number of pixels from 0 to 7',
    );
    expect(() => makeAugment({ ...NO_AUGMENT, cutout: 2.5 }, 8)).toThrow('cutout 2.5');
    expect(() => makeAugment({ ...NO_AUGMENT, cutmix: Number.NaN }, 8)).toThrow('cutmix NaN');
  });
});

describe('applyAugment', () => {
  const mean = [0.5, 0.4, 0.3];
  const std = [0.2, 0.25, 0.5];
  const random = new Random([3, 4]);
  const pixels = Uint8Array.from({ length: 2 * SIZE * SIZE * 3 }, () => random.below(256));
  const value = (image: number, y: number, x: number, c: number) =>
    (pixels[((image * SIZE + y) * SIZE + x) * 3 + c] / 255 - mean[c]) / std[c];
  const at = (out: Float32Array, image: number, y: number, x: number, c: number) =>
    out[((image * SIZE + y) * SIZE + x) * 3 + c];

  it('normalises by mean and standard deviation', () => {
    const out = applyAugment(pixels, new Int32Array(2 * AUGMENT_FIELDS), SIZE, mean, std);
    expect(at(out, 1, 3, 5, 2)).toBeCloseTo(value(1, 3, 5, 2), 5);
  });

  it('shifts with reflection, flips the output, blanks or mixes the box', () => {
    const records = Int32Array.from([1, -2, 1, 0, 0, 0, 0, 0, 0, 3, 0, 2, 4, 1, 5, 0]);
    const out = applyAugment(pixels, records, SIZE, mean, std);
    expect(at(out, 0, 0, 0, 0)).toBeCloseTo(value(0, 1, 5, 0), 5); // x 0 is flipped to 7, shifted to 5
    expect(at(out, 0, 7, 7, 1)).toBeCloseTo(value(0, 6, 2, 1), 5); // row 8 reflects to 6; x 7, 0, -2, 2
    expect(at(out, 1, 0, 6, 0)).toBeCloseTo(value(1, 0, 5, 0), 5); // column 9 reflects to 5
    expect(at(out, 1, 2, 1, 0)).toBeCloseTo(value(0, 3, 4, 0), 5); // in the box: image 0, its shift and flip
    records[15] = -1;
    const cut = applyAugment(pixels, records, SIZE, mean, std);
    expect(at(cut, 1, 2, 1, 0)).toBe(0);
    expect(at(cut, 1, 1, 1, 0)).toBe(at(out, 1, 1, 1, 0));
  });

  it('reflects as numpy and PyTorch do', () => {
    expect([-3, -1, 0, 4, 5, 7].map((i) => reflect(i, 5))).toEqual([3, 1, 0, 4, 3, 1]);
    fc.assert(
      fc.property(fc.integer({ min: -50, max: 50 }), fc.integer({ min: 1, max: 9 }), (i, size) => {
        expect(reflect(i, size)).toBeGreaterThanOrEqual(0);
        expect(reflect(i, size)).toBeLessThan(size);
      }),
    );
  });
});
