/**
 * Compares whole training steps of MicroNet and EfficientNet-B0 with PyTorch's, on every backend and
 * instruction set.
 */

import { describe, expect, it } from 'vitest';
import { AUGMENT_FIELDS } from '../../src/data/augment-record.js';
import {
  createPredictor,
  createTrainer,
  type OptimizerOptions,
  type TrainingOptions,
} from '../../src/engine/index.js';
import { buildNetwork } from '../../src/nn/index.js';
import {
  deviation,
  GOLDEN_NAMES,
  type Golden,
  goldenStart,
  images,
  readGolden,
  targets,
} from '../golden/formula.js';
import { VARIANTS, withVariant } from './backends.js';

const furthest = (got: ArrayLike<number>, want: readonly number[]) => {
  const scale = Math.max(...want.map(Math.abs));
  return Math.max(...want.map((w, i) => Math.abs(got[i] - w))) / scale;
};

/** The optimizer options of the PyTorch run. */
function optimizerOf({
  optimizer,
  beta1 = 0,
  beta2 = 0,
  epsilon = 0,
  momentum = 0,
}: Golden): OptimizerOptions {
  return optimizer === 'sgd' ? { optimizer, momentum } : { optimizer, beta1, beta2, epsilon };
}

describe.each(VARIANTS)('$name', (variant) => {
  it.each(GOLDEN_NAMES)('trains like PyTorch: %s', async (name) => {
    const golden = readGolden(name);
    const { batch, size, outputs, learningRate } = golden;
    const network = buildNetwork(golden.network, { outputs, size, dropout: 0 });
    const start = goldenStart(network);
    const training: TrainingOptions = {
      loss: golden.loss,
      ...optimizerOf(golden),
      weightDecay: golden.weightDecay,
      clip: 0,
      ema: 0,
    };
    await withVariant(variant, async () => {
      const engine = {
        backend: variant.backend,
        mean: Array(3).fill(golden.mean),
        std: Array(3).fill(golden.std),
      };
      const predictor = await createPredictor(network, 3, engine);
      await predictor.load(start);
      const pixels = images(0, batch, size);
      expect(furthest(await predictor.predict(pixels), golden.predictedAtStart)).toBeLessThan(1e-4);

      const trainer = await createTrainer(network, batch, training, { ...engine, init: start });
      const losses: number[] = [];
      for (let step = 0; step < 10; step++) {
        losses.push(
          await trainer.step({
            pixels: images(step, batch, size),
            augment: new Int32Array(batch * AUGMENT_FIELDS),
            targets: targets(step, batch, outputs),
            learningRate,
            dropoutKey: [1, 2],
          }),
        );
        if (step === 0) {
          const { elements, change } = deviation(await trainer.weights(), start, golden.afterOne);
          expect(elements.error, elements.name).toBeLessThan(1e-4);
          // Adam scales up gradients that are zero except for rounding (a bias before a batch norm).
          expect(change.error, change.name).toBeLessThan(golden.optimizer === 'sgd' ? 1e-3 : 1e-2);
        }
      }
      expect(Math.abs(losses[0] / golden.losses[0] - 1)).toBeLessThan(1e-4);
      expect(furthest(losses, golden.losses)).toBeLessThan(1e-2);
      const { elements, change } = deviation(await trainer.weights(), start, golden.afterTen);
      expect(elements.error, elements.name).toBeLessThan(1e-2);
      expect(change.error, change.name).toBeLessThan(1e-2);
      await predictor.load(await trainer.weights());
      expect(furthest(await predictor.predict(pixels), golden.predictedAtEnd)).toBeLessThan(2e-2);
    });
  });
});
