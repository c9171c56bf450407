// Peak memory of a fold of three steps: node bench/peers/memory.mjs lite [batch]. Runs a whole fold with
// predictor, checkpoint and outputs in this process, on random images. Prints the images' size too, so that
// it can be subtracted.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chooseIsa, loadNative } from '../../dist/binding/native.js';
import { compile, engineInfo } from '../../dist/engine/index.js';
import { buildNetwork } from '../../dist/nn/index.js';
import { trainingOptions } from '../../dist/train/config.js';
import { preset, trainFold } from '../../dist/train/index.js';
import { peakMemory, say } from './serve.mjs';

const [net = 'lite', batchText = '128'] = process.argv.slice(2);
const batch = Number(batchText);
const STEPS = 3;
const outputs = 100;
const network = buildNetwork(net, { outputs });
const classes = Array.from({ length: 20 }, (_, c) => `class${c}`);
/** @type {import('../../dist/data/index.js').Dataset} */
const dataset = {
  name: 'made up',
  classes,
  superclasses: [],
  superclassOf: [],
  // One class is held out, which is a twentieth of the images, so more are needed than the steps use.
  train: randomImages(Math.ceil((batch * STEPS) / 19) * 20),
  test: randomImages(200),
  mean: [0.5, 0.5, 0.5],
  std: [0.25, 0.25, 0.25],
  hash: '',
  orderedHash: '',
};
/** @type {import('../../dist/train/index.js').TrainConfig} */
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
if (steps !== STEPS) throw new Error(`${steps} steps ran, not ${STEPS}`);
const plan = compile(network, batch, trainingOptions(config));
const { addon } = loadNative();
const { backend } = await engineInfo();
const { training, ...regions } = plan.regions;
const { moments, averages, ...rest } = training;
const parts = [regions, rest, moments, averages ?? {}];
const kept = parts.flatMap((part) => Object.values(part)).filter(Boolean);
const ends = kept.map((buffer) => buffer.offset + buffer.floats);
say({
  net,
  steps,
  peak,
  before,
  images: dataset.train.pixels.byteLength + dataset.test.pixels.byteLength,
  arena: plan.floats * 4,
  // The wasm backend has its scratch in the instance's memory, where it is not reported.
  scratch: backend === 'native' ? addon.scratch(chooseIsa(addon), plan.program) * 4 : 0,
  // What is kept between steps plus the largest size of live temporaries: a lower bound for any placement.
  bound: (Math.max(...ends) + plan.peakTemporary) * 4,
});

function randomImages(count) {
  const { size } = network;
  const pixels = new Uint8Array(new SharedArrayBuffer(count * size * size * 3));
  for (let i = 0; i < pixels.length; i++) pixels[i] = Math.random() * 256;
  const labels = new Uint16Array(new SharedArrayBuffer(count * 2)).map((_, i) => i % classes.length);
  return { pixels, labels, count, size };
}
