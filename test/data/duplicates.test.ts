import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findDuplicates, trainingIndices } from '../../src/data/duplicates.js';
import { datasetInfo } from '../../src/data/info.js';
import { LexelError } from '../../src/util/errors.js';
import { flatDataset } from './helpers.js';

const train: [number, number][] = [
  [1, 0],
  [2, 0],
  [2, 1],
  [3, 1],
  [4, 2],
  [5, 2],
  [5, 2],
];
const test: [number, number][] = [
  [3, 2],
  [1, 0],
  [9, 1],
  [8, 1],
  [8, 2],
];
const dataset = flatDataset(3, train, test);

describe('findDuplicates', () => {
  it('groups equal pixels across train and test', () => {
    const groups = findDuplicates(dataset).map((g) =>
      g.map((r) => `${r.split}${r.index}:${r.label}`).join(' '),
    );
    expect(groups.sort()).toEqual([
      'test3:1 test4:2',
      'train0:0 test1:0',
      'train1:0 train2:1',
      'train3:1 test0:2',
      'train5:2 train6:2',
    ]);
    expect(findDuplicates(dataset)).toBe(findDuplicates(dataset));
  });

  it('is reported by datasetInfo', () => {
    expect(datasetInfo(dataset).duplicates).toEqual({
      groups: 5,
      acrossLabels: 3,
      testInTrain: 2,
      testInTrainAcrossLabels: 1,
      labels: [
        { labels: 'b/c', groups: 2 },
        { labels: 'a/b', groups: 1 },
      ],
    });
  });
});

describe('trainingIndices', () => {
  it('leaves out held-out classes and duplicates of their train and test images', () => {
    expect(trainingIndices(dataset, [])).toEqual({
      indices: Int32Array.from([0, 1, 2, 3, 4, 5, 6]),
      droppedDuplicates: 0,
    });
    expect(trainingIndices(dataset, [0])).toEqual({
      indices: Int32Array.from([3, 4, 5, 6]),
      droppedDuplicates: 1,
    });
    expect(trainingIndices(dataset, [2])).toEqual({
      indices: Int32Array.from([0, 1, 2]),
      droppedDuplicates: 1,
    });
  });

  it('refuses an unknown class, and holding out all images', () => {
    expect(() => trainingIndices(dataset, [0, 2])).toThrow(
      'flat: every training image outside the held-out classes equals a held-out one (2 duplicates)',
    );
    expect(() => trainingIndices(dataset, [0, 1, 2])).toThrow('flat: no training image is left');
    expect(() => trainingIndices(dataset, [3])).toThrow(LexelError);
    expect(() => trainingIndices(dataset, [0.5])).toThrow('held-out class 0.5 is not one of 0 to 2');
  });

  it('equals a comparison of every pair', () => {
    const images = fc.array(fc.tuple(fc.integer({ min: 0, max: 12 }), fc.integer({ min: 0, max: 3 })), {
      minLength: 1,
      maxLength: 25,
    });
    fc.assert(
      fc.property(
        images,
        images,
        fc.uniqueArray(fc.integer({ min: 0, max: 3 }), { maxLength: 2 }),
        (a, b, held) => {
          const out = new Set(
            [...a, ...b].filter(([, label]) => held.includes(label)).map(([value]) => value),
          );
          const expected = a.flatMap(([value, label], i) =>
            held.includes(label) || out.has(value) ? [] : [i],
          );
          fc.pre(expected.length > 0);
          const got = trainingIndices(flatDataset(4, a, b), held);
          expect([...got.indices]).toEqual(expected);
          const seen = a.filter(([, label]) => !held.includes(label)).length;
          expect(got.droppedDuplicates).toBe(seen - expected.length);
        },
      ),
    );
  });
});
