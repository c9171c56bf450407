/** Properties of the real CIFAR-100 files that the evaluation depends on. */
import { describe, expect, it } from 'vitest';
import { readCifar100 } from '../../src/data/cifar.js';
import { findDuplicates, trainingIndices } from '../../src/data/duplicates.js';
import { datasetInfo } from '../../src/data/info.js';
import { resizeSet } from '../../src/data/resize.js';
import { realCifar100 } from './helpers.js';

const dir = realCifar100();

describe.skipIf(!dir)('the real CIFAR-100', () => {
  const dataset = dir ? readCifar100(dir) : undefined!;
  const label = (name: string) => dataset.classes.indexOf(name);

  it('has 500 training and 100 test images per class, and five classes per superclass', () => {
    const info = datasetInfo(dataset);
    expect([info.train, info.test, info.classes.length, info.superclasses.length]).toEqual([
      50000, 10000, 100, 20,
    ]);
    expect(info.classes.every((c) => c.train === 500 && c.test === 100)).toBe(true);
    for (let s = 0; s < 20; s++) expect(dataset.superclassOf.filter((x) => x === s)).toHaveLength(5);
    expect(info.classes[label('willow_tree')].superclass).toBe('trees');
    // The published statistics of the training pixels.
    expect(info.mean.map((v) => v.toFixed(3))).toEqual(['0.507', '0.487', '0.441']);
    expect(info.std.map((v) => v.toFixed(3))).toEqual(['0.267', '0.256', '0.276']);
  });

  it('has ten test images that also occur in the training set, six of them with another label', () => {
    const { duplicates } = datasetInfo(dataset);
    expect([duplicates.testInTrain, duplicates.testInTrainAcrossLabels]).toEqual([10, 6]);
    const crossing = findDuplicates(dataset).filter(
      (g) => g.some((r) => r.split === 'test') && g.some((r) => r.split === 'train'),
    );
    const pairs = crossing.map((g) => [...new Set(g.map((r) => dataset.classes[r.label]))].sort().join('/'));
    expect(new Set(pairs.filter((p) => p.includes('/')))).toEqual(
      new Set(['oak_tree/willow_tree', 'otter/seal', 'baby/girl']),
    );
    const inTrain = findDuplicates(dataset).filter((g) => g.every((r) => r.split === 'train'));
    expect(inTrain.filter((g) => new Set(g.map((r) => r.label)).size > 1)).toHaveLength(9);
  });

  it('drops the image that is labelled both oak and willow if either is held out', () => {
    const willow = trainingIndices(dataset, [label('willow_tree')]);
    expect([willow.indices.length, willow.droppedDuplicates]).toEqual([49499, 1]);
    // The image is labelled willow only in the test file, so holding out oak drops no training image.
    const oak = trainingIndices(dataset, [label('oak_tree')]);
    expect([oak.indices.length, oak.droppedDuplicates]).toEqual([49500, 0]);
    expect(trainingIndices(dataset, [label('otter'), label('seal')]).droppedDuplicates).toBe(0);
    expect(trainingIndices(dataset, [label('otter')]).droppedDuplicates).toBeGreaterThan(3);
  });

  it('can be resized', () => {
    const out = resizeSet({ ...dataset.test, count: 100, labels: dataset.test.labels.subarray(0, 100) }, 48);
    expect(out.pixels).toHaveLength(100 * 48 * 48 * 3);
  });
});
