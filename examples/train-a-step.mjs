// @ts-check
// Uses the engine alone: compiles a network to a static plan, trains on one batch of random images, and
// predicts their outputs. Run it in a checkout after `npm ci`: node examples/train-a-step.mjs

import { AUGMENT_FIELDS, createPredictor, createTrainer, engineInfo } from 'lexel/engine';
import { buildNetwork, initialise } from 'lexel/nn';

const batch = 8;
const network = buildNetwork('lite', { outputs: 50 });
const normalisation = { mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25] };
const trainer = await createTrainer(
  network,
  batch,
  {
    loss: 'mse',
    optimizer: 'adamw',
    beta1: 0.9,
    beta2: 0.999,
    epsilon: 1e-8,
    weightDecay: 0.05,
    clip: 1,
    ema: 0,
  },
  { ...normalisation, init: initialise(network, 0) },
);

const pixels = Uint8Array.from(
  { length: batch * network.size * network.size * 3 },
  (_, i) => (i * 7919) % 256,
);
const targets = Float32Array.from({ length: batch * network.outputs }, (_, i) => Math.sin(i));
const augment = new Int32Array(batch * AUGMENT_FIELDS); // all zero: images unchanged
for (let step = 0; step < 5; step++) {
  const loss = await trainer.step({ pixels, augment, targets, learningRate: 1e-3, dropoutKey: [0, step] });
  console.log(`step ${step}: loss ${loss.toFixed(4)}`);
}

const predictor = await createPredictor(network, batch, normalisation);
await predictor.load(await trainer.weights());
const outputs = await predictor.predict(pixels);
const { backend, isa } = await engineInfo();
console.log(
  `${outputs.length / network.outputs} answers of ${network.outputs} numbers, by ${backend} (${isa})`,
);
