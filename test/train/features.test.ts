/** The features that a fold stores are the inputs of its last layer. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { createPredictor } from '../../src/engine/index.js';
import { buildNetwork, parameterSpecs } from '../../src/nn/index.js';
import { featureNetwork } from '../../src/train/features.js';
import { foldImages } from '../../src/train/images.js';
import { trainFold } from '../../src/train/index.js';
import { classMeans, predictImages } from '../../src/train/predict.js';
import { matrixOf, times, turned } from '../readings/matrices.js';
import { DIMENSION, TINY_NETWORK, tinyOptions, tinyWorld } from './tiny.js';

const dir = mkdtempSync(join(tmpdir(), 'lexel-features-'));
afterAll(() => rmSync(dir, { recursive: true }));
const world = tinyWorld();

async function finished(options: Parameters<typeof trainFold>[0]) {
  const result = await trainFold(options);
  if (result.status !== 'finished') throw new Error('it was stopped');
  return result;
}

describe('stored features', () => {
  it('give the outputs if the last layer is applied to them', async () => {
    for (const changes of [{}, { ema: 0.9 }]) {
      const options = tinyOptions(world, changes);
      const { outputs, weights, normalisation } = await finished(options);
      const { dimension: f, heldOut, seenImages, trainMeans, trainCounts } = outputs.features;
      expect(f).toBe(8);
      const weight = weights.get('output.weight')!.data;
      const bias = weights.get('output.bias')!.data;
      const apply = (features: Float32Array) =>
        Array.from({ length: (features.length / f) * DIMENSION }, (_, at) => {
          const [row, j] = [Math.floor(at / DIMENSION), at % DIMENSION];
          let sum = bias[j];
          for (let k = 0; k < f; k++) sum += features[row * f + k] * weight[k * DIMENSION + j];
          return sum;
        });
      const near = (found: number[], expected: Float32Array) => {
        expect(found.length).toBe(expected.length);
        for (const [i, x] of found.entries()) expect(x).toBeCloseTo(expected[i], 4);
      };
      near(apply(heldOut), outputs.heldOut.last);
      near(apply(seenImages!), outputs.seenImages!.outputs);

      // The class means are those of the training images without augmentation.
      const predictor = await createPredictor(TINY_NETWORK, 16, normalisation);
      await predictor.load(weights);
      const { indices } = foldImages(options);
      const answers = await predictImages(predictor, world.train, indices, DIMENSION);
      const labels = Int32Array.from(indices, (i) => world.train.labels[i]);
      const classes = [...outputs.seen.classes];
      near(apply(trainMeans), classMeans(answers, labels, classes, DIMENSION));
      expect([...trainCounts]).toEqual(classes.map((c) => labels.filter((l) => l === c).length));

      // Applying the layer on both sides of the features' covariance gives the outputs' covariance.
      const covariance = outputs.features.trainCovariance;
      const means = matrixOf(classMeans(answers, labels, classes, DIMENSION), DIMENSION);
      const within = matrixOf(answers, DIMENSION).map((row, i) =>
        row.map((x, j) => x - means[classes.indexOf(labels[i])][j]),
      );
      const expected = times(turned(within), within).map((row) => row.map((x) => x / labels.length));
      const layer = matrixOf(weight, DIMENSION);
      const found = times(times(turned(layer), matrixOf(covariance, f)), layer);
      for (const [i, row] of expected.entries())
        for (const [j, value] of row.entries()) expect(found[i][j]).toBeCloseTo(value, 4);
    }
  });

  it('of seen test images are stored if their outputs are', async () => {
    const { outputs } = await finished(tinyOptions(world, { keepOutputs: 'held-out', epochs: 1 }));
    expect(outputs.seenImages).toBeUndefined();
    expect(outputs.features.seenImages).toBeUndefined();
    expect(outputs.features.heldOut.length).toBe(outputs.heldOut.ids.length * 8);
  });

  it('can be stopped, and a resumed fold gives the same bits', async () => {
    const options = tinyOptions(world, { epochs: 1 });
    const straight = await finished(options);
    const checkpoint = join(dir, 'stopped');
    let epochs = 0;
    const stopped = await trainFold({
      ...options,
      checkpoint,
      on: (event) => {
        if (event.type === 'epoch') epochs++;
      },
      stop: () => epochs > 1,
    });
    expect(stopped).toEqual({ status: 'stopped', epoch: 1 });
    const { outputs, weights } = await finished({ ...options, checkpoint });
    expect(outputs).toEqual(straight.outputs);
    expect(weights).toEqual(straight.weights);
  });

  it.each(['lite', 'micronet', 'efficientnet-b0'])('%s has a feature network', (name) => {
    const network = buildNetwork(name, { outputs: 7 });
    const features = featureNetwork(network);
    expect(features.layers.length).toBe(network.layers.length - 1);
    const last = parameterSpecs(network).find(({ shape }) => shape.length === 2 && shape[1] === 7)!;
    expect(features.outputs).toBe(last.shape[0]);
  });
});
