import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { channelStatistics, imageHash } from '../../src/data/statistics.js';
import { flatDataset, flatSet } from './helpers.js';

const classes = ['a', 'b', 'c'];
const one = flatSet([
  [10, 0],
  [20, 1],
  [20, 1],
]);
const hash = (train: [number, number][], test: [number, number][], names = classes) =>
  imageHash(flatSet(train), flatSet(test), names);

describe('imageHash', () => {
  it('is what its definition says', () => {
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

  it('does not depend on order, and on everything else it does', () => {
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
    expect(imageHash(one, one, classes)).not.toBe(imageHash(flatSet([[10, 0]]), one, classes));
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

  it('comes with the data set, also in another thread', () => {
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
    expect(copy.mean).toEqual(dataset.mean);
    expect(copy.train.pixels.buffer).toBeInstanceOf(SharedArrayBuffer);
  });
});
