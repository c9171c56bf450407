/** The validation's loss is the one that the engine trains with. */

import { describe, expect, it } from 'vitest';
import { AUGMENT_FIELDS, gather } from '../../src/data/index.js';
import { createPredictor, createTrainer, LOG_SCALE } from '../../src/engine/index.js';
import {
  type ControlName,
  foldTargets,
  headsOf,
  type RecipeName,
  recipeLoss,
  type TrainConfig,
  widthOf,
} from '../../src/train/index.js';
import { meanLoss } from '../../src/train/mean-loss.js';
import { initialWeights } from '../../src/train/prepare.js';
import { DIMENSION, TINY_NETWORK, tinyOptions, tinyWorld } from './tiny.js';

const world = tinyWorld();

describe('meanLoss', () => {
  it.each<[RecipeName, Partial<TrainConfig>, ControlName | undefined]>([
    ['poster', {}, undefined],
    ['unit', {}, undefined],
    ['softmax', {}, undefined],
    ['centred', { loss: 'ranking', ranking: 0.2 }, undefined],
    ['poster', { loss: 'softmax' }, 'one-hot'],
    ['joint', { labelWeight: 0.5 }, undefined],
  ])('is the loss of a training step: %s %j', async (recipe, changes, control) => {
    const base = tinyOptions(world, { loss: recipeLoss(recipe), ...changes });
    const outputs = widthOf(headsOf(base.config.loss, DIMENSION, world.classes.length));
    // Without batch norm and dropout, training and evaluation compute the same outputs.
    const layers = TINY_NETWORK.layers
      .filter(({ type }) => type !== 'batch-norm' && type !== 'dropout')
      .map((layer) => (layer.type === 'linear' ? { ...layer, out: outputs } : layer));
    const options = { ...base, recipe, control, network: { ...TINY_NETWORK, outputs, layers } };
    const { lossTarget, training } = foldTargets(options);
    const engine = { mean: [0.5, 0.5, 0.5], std: [0.2, 0.2, 0.2] };
    const init = initialWeights(options);
    // Larger outputs, so that losses of images differ.
    for (const { data } of init.values()) for (let i = 0; i < data.length; i++) data[i] *= 3;
    const { batch } = options.config;
    const seen = Int32Array.from({ length: world.train.count }, (_, i) => i).filter(
      (i) => !options.fold.heldOut.includes(world.train.labels[i]),
    );
    const ids = seen.filter((_, i) => i % 4 === 0).slice(0, batch);
    const { size } = world.train;
    const pixels = new Uint8Array(batch * size * size * 3);
    gather(world.train, ids, 0, batch, pixels);
    const labels = Int32Array.from(ids, (i) => world.train.labels[i]);
    const targets = lossTarget.parts.flatMap(({ rows, width }) =>
      [...labels].flatMap((c) => [...rows.subarray(c * width, (c + 1) * width)]),
    );

    const trainer = await createTrainer(options.network, batch, training, { ...engine, init });
    const weights = await trainer.weights();
    const told = await trainer.step({
      pixels,
      augment: new Int32Array(batch * AUGMENT_FIELDS),
      targets: Float32Array.from(targets),
      learningRate: 0,
      dropoutKey: [1, 2],
    });
    await trainer.dispose();
    const predictor = await createPredictor(options.network, batch, engine);
    await predictor.load(weights);
    const answers = await predictor.predict(pixels);
    await predictor.dispose();
    const logScale = weights.get(LOG_SCALE)?.data[0] ?? 0;
    expect(meanLoss(answers, labels, options.config, lossTarget, logScale)).toBeCloseTo(told, 4);
    expect(told).toBeGreaterThan(0.01);
  });
});
