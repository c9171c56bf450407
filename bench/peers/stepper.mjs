// Whole training steps of a Lexel network on random images and targets, like those of the PyTorch peer:
// normalise, forward, MSE, backward, AdamW. The same batch is reused.
import { AUGMENT_FIELDS, compile, createTrainer, usualOptimizer } from '../../dist/engine/index.js';
import { buildNetwork, countMultiplyAdds, initialise } from '../../dist/nn/index.js';
import { MEAN, madeUp, STD } from '../lib/made-up.mjs';
import { median } from '../lib/stats.mjs';

/** @type {import('../../dist/engine/index.js').TrainingOptions} */
const TRAINING = {
  loss: 'mse',
  ...usualOptimizer('adamw'),
  weightDecay: 0.01,
  clip: 0,
  ema: 0,
};

/** @returns run(steps), which resolves to the times of the steps, and images/s by their median */
export async function makeStepper({ net, backend, threads, batch, warmup, size = 32, outputs = 100 }) {
  const network = buildNetwork(net, { outputs, size });
  const engine = {
    backend,
    threads,
    mean: [MEAN, MEAN, MEAN],
    std: [STD, STD, STD],
    init: initialise(network, 0),
  };
  const trainer = await createTrainer(network, batch, TRAINING, engine);
  const input = {
    ...madeUp(network, batch),
    augment: new Int32Array(batch * AUGMENT_FIELDS),
    learningRate: 1e-3,
  };
  let step = 0;
  let first;
  const run = async (steps) => {
    const times = [];
    let loss = 0;
    for (let i = 0; i < steps; i++) {
      const start = performance.now();
      loss = await trainer.step({ ...input, dropoutKey: [1, step++] });
      first ??= loss;
      times.push(performance.now() - start);
    }
    if (!Number.isFinite(loss)) throw new Error(`the loss is ${loss}`);
    return {
      step_ms: times,
      images_per_second: (batch / median(times)) * 1000,
      loss,
      first_loss: first,
      multiply_adds: countMultiplyAdds(network),
      arena: compile(network, batch, TRAINING).floats * 4,
    };
  };
  await run(warmup);
  return run;
}
