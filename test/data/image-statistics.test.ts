import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { channelStatistics, contentHashes, imageHashes } from '../../src/data/image-statistics.js';
import { deriveKey, Random } from '../../src/util/random.js';
import { flatDataset, flatSet } from './helpers.js';

const classes = ['a', 'b', 'c'];
const one = flatSet([
  [10, 0],
  [20, 1],
  [20, 1],
]);
const hash = (train: [number, number][], test: [number, number][], names = classes) =>
  imageHashes(flatSet(train), flatSet(test), names).hash;

describe('imageHashes', () => {
  it('equals a plain implementation of its definition', () => {
    let sum = 0n;
    for (const [split, label, value] of [
      ['train', 'b', 7],
      ['test', 'a', 9],
    ] as const) {
      const digest = createHash('sha256')
        .update(`${split}\n${label}\n2\n`)
        .update(Buffer.alloc(12, value))
        .digest();
      sum += digest.readBigUInt64LE(0) + (digest.readBigUInt64LE(8) << 64n);
    }
    expect(hash([[7, 1]], [[9, 0]])).toBe(BigInt.asUintN(128, sum).toString(16).padStart(32, '0'));
  });

  it('depends on everything except the order of the images', () => {
    const base = hash(
      [
        [10, 0],
        [20, 1],
        [30, 2],
      ],
      [[40, 0]],
    );
    expect(
      hash(
        [
          [30, 2],
          [10, 0],
          [20, 1],
        ],
        [[40, 0]],
      ),
    ).toBe(base);
    expect(
      hash(
        [
          [20, 2],
          [10, 0],
          [30, 1],
        ],
        [[40, 0]],
      ),
    ).not.toBe(base);
    expect(
      hash(
        [
          [10, 0],
          [20, 1],
          [31, 2],
        ],
        [[40, 0]],
      ),
    ).not.toBe(base);
    expect(
      hash(
        [
          [10, 0],
          [20, 1],
        ],
        [
          [40, 0],
          [30, 2],
        ],
      ),
    ).not.toBe(base);
    expect(
      hash(
        [
          [10, 0],
          [20, 1],
          [30, 2],
        ],
        [[40, 0]],
        ['a', 'b', 'd'],
      ),
    ).not.toBe(base);
  });

  it('counts images that occur twice', () => {
    expect(imageHashes(one, one, classes).hash).not.toBe(imageHashes(flatSet([[10, 0]]), one, classes).hash);
  });

  it('gives an ordered hash that equals its definition and depends on the order', () => {
    const digests = [
      ['train', 'b', 7],
      ['train', 'a', 8],
      ['test', 'a', 9],
    ].map(([split, label, value]) =>
      createHash('sha256').update(`${split}\n${label}\n2\n`).update(Buffer.alloc(12, value)).digest(),
    );
    const ordered = (train: [number, number][], test: [number, number][]) =>
      imageHashes(flatSet(train), flatSet(test), classes).orderedHash;
    const base: [number, number][] = [
      [7, 1],
      [8, 0],
    ];
    expect(ordered(base, [[9, 0]])).toBe(
      createHash('sha256').update(Buffer.concat(digests)).digest('hex').slice(0, 32),
    );
    expect(ordered([base[1], base[0]], [[9, 0]])).not.toBe(ordered(base, [[9, 0]]));
    expect(ordered([base[0]], [base[1], [9, 0]])).not.toBe(ordered(base, [[9, 0]]));
  });
});

describe('contentHashes', () => {
  it('are the first 8 bytes of SHA-256 over the pixels of each image, whatever its label', () => {
    const set = flatSet([
      [10, 0],
      [20, 1],
      [10, 1],
    ]);
    const found = contentHashes(set, Int32Array.of(1, 0, 2));
    const digest = (value: number) =>
      createHash('sha256').update(Buffer.alloc(12, value)).digest().subarray(0, 8);
    expect(Buffer.from(found).equals(Buffer.concat([digest(20), digest(10), digest(10)]))).toBe(true);
  });
});

describe('channelStatistics', () => {
  it('gives mean and deviation in units of pixel/255', () => {
    const set = flatSet([
      [0, 0],
      [255, 0],
    ]);
    for (let i = 2; i < set.pixels.length; i += 3) set.pixels[i] = 51;
    const { mean, std } = channelStatistics(set);
    expect(mean[0]).toBeCloseTo(0.5, 12);
    expect(std[1]).toBeCloseTo(0.5, 12);
    expect(mean[2]).toBeCloseTo(0.2, 12);
    expect(std[2]).toBe(1); // never varies
  });

  it('gives a constant channel the deviation 1, for any value and number of images', () => {
    for (let value = 0; value < 256; value++) {
      for (const count of [1, 3, 10]) {
        const set = flatSet(
          Array.from({ length: count }, () => [value, 0] as const),
          8,
        );
        expect([value, count, channelStatistics(set).std]).toEqual([value, count, [1, 1, 1]]);
      }
    }
    const nearly = flatSet([[200, 0]], 8);
    nearly.pixels[0] = 201;
    const { std } = channelStatistics(nearly);
    expect(std[0]).toBeCloseTo(Math.sqrt(63) / 64 / 255, 8);
    expect(std[1]).toBe(1);
  });

  it('gives the same bits for selected images as for a set of only these, in any order', () => {
    const random = new Random(deriveKey(1, 'statistics'));
    const whole = flatSet(Array.from({ length: 50 }, (_, i) => [i, 0] as const));
    for (let i = 0; i < whole.pixels.length; i++) whole.pixels[i] = Math.floor(random.uniform() * 256);
    const chosen = random.shuffle(Int32Array.from({ length: 20 }, (_, i) => 2 * i + 1));
    const only = flatSet([...chosen].sort((a, b) => a - b).map(() => [0, 0] as const));
    for (const [to, from] of [...chosen].sort((a, b) => a - b).entries()) {
      only.pixels.set(whole.pixels.subarray(from * 12, (from + 1) * 12), to * 12);
    }
    expect(channelStatistics(whole, chosen)).toEqual(channelStatistics(only));
    expect(channelStatistics(whole, chosen)).not.toEqual(channelStatistics(whole));
    expect(
      channelStatistics(
        whole,
        Int32Array.from({ length: 50 }, (_, i) => 49 - i),
      ),
    ).toEqual(channelStatistics(whole));
  });

  it('is part of the data set, also in another thread', () => {
    const dataset = flatDataset(
      2,
      [
        [0, 0],
        [255, 1],
      ],
      [[1, 1]],
    );
    const copy = structuredClone(dataset);
    expect(copy.hash).toBe(dataset.hash);
    expect(copy.orderedHash).toBe(dataset.orderedHash);
    expect(copy.mean).toEqual(dataset.mean);
    expect(copy.train.pixels.buffer).toBeInstanceOf(SharedArrayBuffer);
  });
});
