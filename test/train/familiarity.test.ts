/** How familiar an image is: the early part of a network, the calibration, and its place in model files. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Dataset, shapesWorld } from '../../src/data/index.js';
import { createPredictor } from '../../src/engine/index.js';
import { readSafetensors, writeSafetensors } from '../../src/formats/index.js';
import { buildNetwork, type Network, trace } from '../../src/nn/index.js';
import { CALIBRATION_IMAGES, earlyNetwork, QUANTILES, shareBelow } from '../../src/train/familiarity.js';
import {
  type FoldResult,
  familiarityOf,
  featureNetwork,
  loadModel,
  saveModel,
  trainFold,
} from '../../src/train/index.js';
import { deriveKey, Random } from '../../src/util/random.js';
import { DIMENSION, TINY_NETWORK, tinyOptions } from './tiny.js';

const dir = mkdtempSync(join(tmpdir(), 'lexel-familiarity-'));
afterAll(() => rmSync(dir, { recursive: true }));

describe('the early part of a network', () => {
  it('ends with the narrowest map before the last reduction of resolution', () => {
    const found = ['lite', 'micronet', 'efficientnet-b0'].map((name) => {
      const network = buildNetwork(name, { outputs: 10 });
      const early = earlyNetwork(network)!;
      const before = trace(early).at(-1)!.input;
      const after = trace(network).find(({ layer }) => layer.type === 'global-average-pool')!.input;
      return [name, before[0] / after[0], early.outputs];
    });
    expect(found).toEqual([
      ['lite', 2, 32],
      ['micronet', 2, 72],
      ['efficientnet-b0', 2, 80],
    ]);
  });

  it('does not exist if the resolution is never reduced', () => {
    const layers = TINY_NETWORK.layers.map((layer) =>
      layer.type === 'conv' ? { ...layer, stride: 1 as const } : layer,
    );
    expect(earlyNetwork({ ...TINY_NETWORK, layers })).toBeNull();
  });
});

describe('the share below a score', () => {
  it('is 0 and 1 outside the quantiles, and grows with the score', () => {
    const numbers = fc.array(fc.float({ min: -100, max: 100, noNaN: true }), { minLength: 2, maxLength: 9 });
    fc.assert(
      fc.property(
        numbers,
        fc.double({ min: -120, max: 120, noNaN: true }),
        fc.double({ min: 0, max: 9, noNaN: true }),
        (values, score, more) => {
          const quantiles = Float32Array.from(values).sort();
          const share = shareBelow(quantiles, score);
          if (score <= quantiles[0]) expect(share).toBe(0);
          if (score > quantiles.at(-1)!) expect(share).toBe(1);
          expect(share).toBeGreaterThanOrEqual(0);
          expect(shareBelow(quantiles, score + more)).toBeGreaterThanOrEqual(share);
        },
      ),
    );
    expect(shareBelow(Float32Array.of(0, 10, 30), 20)).toBe(0.75);
  });
});

describe('the familiarity of a trained network', () => {
  let world: Dataset;
  let result: Extract<FoldResult, { status: 'finished' }>;
  beforeAll(async () => {
    world = shapesWorld({ size: 16, classes: 8, perClass: 40, testPerClass: 30 });
    const trained = await trainFold(tinyOptions(world, { epochs: 4 }));
    if (trained.status !== 'finished') throw new Error('it was stopped');
    result = trained;
  });

  /** The familiarity of images, as a program computes it from a model file's parts. */
  async function familiarity(pixels: Uint8Array): Promise<number[]> {
    const { outputs, weights, normalisation } = result;
    const run = async (network: Network) => {
      const predictor = await createPredictor(network, 10, normalisation);
      await predictor.load(weights);
      const found = await predictor.predict(pixels);
      await predictor.dispose();
      return found;
    };
    const of = familiarityOf(outputs.features, result.familiarity!);
    return [...of(await run(earlyNetwork(TINY_NETWORK)!), await run(featureNetwork(TINY_NETWORK)))];
  }
  const seenTest = () => {
    const { test } = world;
    const bytes = test.size ** 2 * 3;
    return Uint8Array.from(
      test.pixels.filter((_, at) => ![2, 5].includes(test.labels[Math.floor(at / bytes)])),
    );
  };

  it('is the share of the seen test images that are less familiar', async () => {
    const shares = (await familiarity(seenTest())).sort((a, b) => a - b);
    expect(shares).toHaveLength(result.familiarity!.images);
    expect(shares).toHaveLength(180);
    // Uniform, up to the interpolation between 180 images.
    for (const [i, share] of shares.entries()) expect(Math.abs(share - i / 179)).toBeLessThan(0.02);
  });

  it('is small for noise', async () => {
    const random = new Random(deriveKey(3, 'noise'));
    const noise = Uint8Array.from({ length: 100 * 16 * 16 * 3 }, () => random.below(256));
    const shares = await familiarity(noise);
    expect(shares.filter((share) => share < 0.05).length).toBeGreaterThan(30);
  });

  it('is kept in the model file, whatever its precision, and checked when it is read', () => {
    const file = join(dir, 'm.safetensors');
    const { outputs, weights, normalisation, familiarity: calibration, space } = result;
    const { dimension, trainMeans, trainCounts, trainCovariance } = outputs.features;
    saveModel(
      file,
      {
        network: TINY_NETWORK,
        ...{ mean: [...normalisation.mean], std: [...normalisation.std], recipe: 'poster' },
        labels: [...world.classes],
        heldOut: [world.classes[2], world.classes[5]],
        words: { source: 'w.txt', checksum: '', dimension: DIMENSION },
        dataset: { name: 'shapes', hash: '' },
        training: { fold: 'two', seed: 11, epochs: 4, preset: 'adamw' },
        vectors: space.targets,
        seenMean: space.mean,
        features: { dimension, trainMeans, trainCounts, trainCovariance },
        familiarity: calibration!,
        weights,
      },
      { half: true },
    );
    expect(loadModel(file).familiarity).toEqual(calibration);

    const { tensors, metadata } = readSafetensors(file);
    const damage = (name: string, change: (data: Float32Array) => void) => {
      const tensor = tensors.get(name)! as { data: Float32Array };
      const data = tensor.data.slice();
      change(data);
      const damaged = join(dir, 'damaged.safetensors');
      writeSafetensors(
        damaged,
        new Map([...tensors, [name, { ...tensors.get(name)!, data } as never]]),
        metadata,
      );
      return () => loadModel(damaged);
    };
    expect(
      damage('familiarity.quantiles', (data) => {
        data[QUANTILES] = 1e9;
      }),
    ).toThrow('"familiarity.quantiles" is not in ascending order');
    expect(
      damage('familiarity.early_mean', (data) => {
        data[0] = Number.NaN;
      }),
    ).toThrow('familiarity.early_mean');
    tensors.delete('features.train_covariance');
    expect(damage('familiarity.early_mean', () => {})).toThrow(
      'calibration of familiarity, but not the features',
    );
  });

  it('is not calibrated with few test images', async () => {
    const few = shapesWorld({ size: 16, classes: 8, perClass: 12, testPerClass: 4 });
    expect(few.test.count).toBeLessThan(CALIBRATION_IMAGES);
    expect(await trainFold(tinyOptions(few, { epochs: 1 }))).toMatchObject({ familiarity: null });
  });
});
