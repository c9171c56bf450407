// @ts-check
// Classifies an image and trains a small network as a web page does, with `lexel/browser`. In a page, fetch() brings the files;
// here they are read from disk, so that the example runs in Node: node examples/in-a-page.mjs

import { readFileSync } from 'node:fs';
import { openModel, readWords, shapesWorld, startEngine, trainModel } from 'lexel/browser';

const asset = (/** @type {string} */ name) => readFileSync(new URL(`../assets/${name}`, import.meta.url));
const engine = await startEngine(asset('lexel.wasm')); // in a page: startEngine('lexel.wasm')

// A canvas' ImageData is an image; this one is sky over water.
const [width, height] = [60, 40];
const data = new Uint8ClampedArray(width * height * 4);
for (let i = 0; i < width * height; i++)
  data.set(i < (width * height) / 2 ? [150, 190, 235, 255] : [30, 90, 130, 255], i * 4);
const model = openModel(asset('models/lite-joint.safetensors'), engine, {
  words: async () => readWords(asset('words/pack.lexw'), 'pack.lexw'),
});
const [answers] = await model.classify({ data, width, height }, { vocab: 1000, top: 3 });
console.log('nearest words:', answers.map(({ label }) => label).join(', '));

const outcome = await trainModel({
  engine,
  dataset: shapesWorld({ classes: 10, perClass: 10, testPerClass: 2 }),
  words: readWords(asset('words/shapes.lexw'), 'shapes.lexw'),
  heldOut: ['red_circle'],
  epochs: 2,
  train: { batch: 30 },
  onEvent: (event) => {
    if (event.type === 'epoch')
      console.log(`epoch ${event.epoch}: rank of the held-out word ${event.heldOut.rank}`);
  },
});
if (outcome.status === 'finished') console.log(`a model file of ${outcome.file.length} bytes`);
