// Peak memory of one fold of three steps: node bench/peers/memory.mjs lite [batch]. A whole fold, with predictor,
// checkpoint and outputs, in this process; made-up images, whose bytes are told so that they can be taken off.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { shapesWorld } from '../../dist/data/index.js';
import { compile } from '../../dist/engine/index.js';
import { buildNetwork } from '../../dist/nn/index.js';
import { trainingOptions } from '../../dist/train/config.js';
import { preset, trainFold } from '../../dist/train/index.js';
import { peakMemory, say } from './serve.mjs';

const [net = 'lite', batchText = '128'] = process.argv.slice(2);
const batch = Number(batchText);
const STEPS = 3;
const outputs = 100;
const network = buildNetwork(net, { outputs });
const dataset = shapesWorld({ classes: 20, perClass: Math.ceil((batch * STEPS) / 19), testPerClass: 10 });
const config = {
  ...preset('adamw'),
  batch,
  epochs: 1,
  limit: batch * STEPS,
  loss: 'mse',
  ema: 0,
  balanced: false,
  init: 'default',
  keepOutputs: 'held-out',
};
const before = peakMemory();
const dir = mkdtempSync(join(tmpdir(), 'lexel-bench-'));
let steps = 0;
try {
  await trainFold({
    dataset,
    vectors: Float32Array.from({ length: dataset.classes.length * outputs }, () => Math.random() - 0.5),
    recipe: 'poster',
    network,
    fold: { id: 'fold', heldOut: [0] },
    config,
    seed: 0,
    threads: 1,
    checkpoint: join(dir, 'fold'),
    onStep: (done) => {
      steps = done;
    },
  });
} finally {
  rmSync(dir, { recursive: true, force: true });
}
const peak = peakMemory();
const plan = compile(network, batch, trainingOptions(config));
const { training, ...regions } = plan.regions;
const ends = Object.values({ ...regions, ...training }).flatMap((b) => (b ? [b.offset + b.floats] : []));
say({
  net,
  steps,
  peak,
  before,
  images: dataset.train.pixels.byteLength + dataset.test.pixels.byteLength,
  arena: plan.floats * 4,
  scratch: plan.scratch * 4,
  // What stays from step to step, and the fullest moment of what does not: no placement can do with less.
  bound: (Math.max(...ends) + plan.peakTemporary) * 4,
});
