/** A fold's normalisation is computed from its training images, without held-out classes. */

import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { channelStatistics, openDataset, trainingIndices } from '../../src/data/index.js';
import { BUNDLED_MODEL } from '../../src/search/open-model.js';
import { foldImages } from '../../src/train/images.js';
import { type FoldEvent, loadModel, trainFold } from '../../src/train/index.js';
import { realCifar100 } from '../data/helpers.js';
import { tinyOptions, tinyWorld } from './tiny.js';

const world = tinyWorld();

/** Reference implementation: mean and standard deviation over the pixels of the given images. */
function naive(indices: Iterable<number>) {
  const bytes = 16 * 16 * 3;
  const values: number[][] = [[], [], []];
  for (const i of indices) {
    for (let at = 0; at < bytes; at++) values[at % 3].push(world.train.pixels[i * bytes + at] / 255);
  }
  const mean = values.map((list) => list.reduce((a, b) => a + b, 0) / list.length);
  const std = values.map((list, c) =>
    Math.sqrt(list.reduce((sum, x) => sum + (x - mean[c]) ** 2, 0) / list.length),
  );
  return { mean, std };
}

describe('normalisation of a fold', () => {
  it('is that of its training images, without duplicates and after the limit', () => {
    for (const limit of [null, 30]) {
      const { indices, normalisation } = foldImages(tinyOptions(world, { limit }));
      expect([...indices].some((i) => [2, 5].includes(world.train.labels[i]))).toBe(false);
      const expected = naive(indices);
      for (let c = 0; c < 3; c++) {
        expect(normalisation.mean[c]).toBeCloseTo(expected.mean[c], 10);
        expect(normalisation.std[c]).toBeCloseTo(expected.std[c], 10);
      }
      expect(normalisation.mean).not.toEqual(world.mean);
    }
  });

  it('excludes duplicates of held-out images, whatever their label', () => {
    const copied = tinyWorld();
    const { pixels, labels } = copied.train;
    const bytes = 16 * 16 * 3;
    const heldOut = labels.indexOf(2);
    const seen = labels.indexOf(4);
    pixels.copyWithin(seen * bytes, heldOut * bytes, (heldOut + 1) * bytes);
    const { indices, droppedDuplicates, normalisation } = foldImages(tinyOptions(copied));
    expect(droppedDuplicates).toBe(1);
    expect(indices).not.toContain(seen);
    const others = [...labels.keys()].filter((i) => ![2, 5].includes(labels[i]) && i !== seen);
    expect([...indices]).toEqual(others);
    expect(normalisation).toEqual(channelStatistics(copied.train, Int32Array.from(others)));
  });

  it('does not depend on the pixels of held-out images', async () => {
    const other = tinyWorld();
    const bytes = 16 * 16 * 3;
    for (let i = 0; i < other.train.count; i++) {
      if (![2, 5].includes(other.train.labels[i])) continue;
      for (let at = 0; at < bytes; at++) other.train.pixels[i * bytes + at] = (at * 7 + i) & 255;
    }
    const [one, two] = [await trainFold(tinyOptions(world)), await trainFold(tinyOptions(other))];
    if (one.status !== 'finished' || two.status !== 'finished') throw new Error('stopped');
    expect(two.normalisation).toEqual(one.normalisation);
    // The test images are equal, so all results must be bit-identical.
    expect(two.outputs).toEqual(one.outputs);
    expect(two.weights).toEqual(one.weights);
  });

  it('is part of the start event and of the result', async () => {
    const events: FoldEvent[] = [];
    const result = await trainFold({ ...tinyOptions(world), on: (event) => events.push(event) });
    const { normalisation } = foldImages(tinyOptions(world));
    expect(events[0]).toMatchObject({ type: 'start', normalisation });
    expect(result).toMatchObject({ status: 'finished', normalisation });
  });

  it('equals that of the data set, bit for bit, if nothing is held out', () => {
    const { normalisation } = foldImages({ ...tinyOptions(world), fold: { id: 'all', heldOut: [] } });
    expect(normalisation).toEqual({ mean: world.mean, std: world.std });
  });
});

const cifar = realCifar100();
describe.runIf(cifar && existsSync(BUNDLED_MODEL))('on real CIFAR-100', () => {
  it('of the bundled model is that of the images of its 90 classes', async () => {
    const { mean, std, labels, heldOut, dataset: trained } = loadModel(BUNDLED_MODEL);
    const dataset = await openDataset(cifar!);
    expect(dataset.hash).toBe(trained.hash);
    const { indices } = trainingIndices(
      dataset,
      heldOut.map((label) => labels.indexOf(label)),
    );
    expect(channelStatistics(dataset.train, indices)).toEqual({ mean, std });
  });

  it('equals the result of subtracting the held-out images’ sums', async () => {
    const { train } = await openDataset(cifar!);
    const kept = Int32Array.from(train.labels.keys()).filter((i) => train.labels[i] !== 7);
    const { mean } = channelStatistics(train, kept);
    const sums = (wanted: (label: number) => boolean) => {
      let [sum, count] = [0, 0];
      for (let i = 0; i < train.count; i++) {
        if (!wanted(train.labels[i])) continue;
        for (let at = i * 3072; at < (i + 1) * 3072; at += 3) sum += train.pixels[at];
        count += 1024;
      }
      return { sum, count };
    };
    const [all, out] = [sums(() => true), sums((label) => label === 7)];
    expect(mean[0]).toBe((all.sum - out.sum) / (all.count - out.count) / 255);
  });
});
