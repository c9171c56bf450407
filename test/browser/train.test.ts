/** Training through `lexel/browser` tells held-out classes of the shapes world apart by their words. */

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { openModel, readWords, shapesWorld, startEngine, trainModel } from '../../src/browser/index.js';
import { root, wasmBinary } from './bundle.js';

const HELD_OUT = ['red_circle', 'green_square', 'yellow_triangle'];

describe('trainModel', () => {
  it('recognises three held-out classes at twice the rate of chance, on average over three seeds', async () => {
    const engine = await startEngine(wasmBinary());
    const words = readWords(readFileSync(`${root}/assets/words/shapes.lexw`), 'shapes.lexw');
    const dataset = shapesWorld({ perClass: 24, testPerClass: 12 });
    const { classes, test } = dataset;
    const heldOutImages = Array.from(test.labels, (label, i) => ({ label: classes[label], i })).filter(
      ({ label }) => HELD_OUT.includes(label),
    );
    const bytes = test.size ** 2 * 3;
    const images = heldOutImages.map(({ i }) => ({
      data: test.pixels.subarray(i * bytes, (i + 1) * bytes),
      width: test.size,
      height: test.size,
    }));
    const hits: number[] = [];
    for (const seed of [0, 1, 2]) {
      const options = { engine, dataset, words, heldOut: HELD_OUT, seed, epochs: 5, train: { batch: 32 } };
      const outcome = await trainModel(options);
      if (outcome.status !== 'finished') throw new Error('it was stopped');
      const model = openModel(outcome.file, engine);
      const answers = await model.classify(images, { labels: HELD_OUT, top: 1 });
      const right = answers.filter(([first], n) => first.label === heldOutImages[n].label);
      hits.push(right.length / images.length);
      await model.dispose();
    }
    const chance = 1 / HELD_OUT.length;
    expect(hits.reduce((sum, hit) => sum + hit, 0) / hits.length).toBeGreaterThanOrEqual(2 * chance);
    for (const hit of hits) expect(hit).toBeGreaterThan(chance);
  }, 600_000);

  it('names what is wrong with its options', async () => {
    const engine = await startEngine(wasmBinary());
    const words = readWords(readFileSync(`${root}/assets/words/shapes.lexw`), 'shapes.lexw');
    const dataset = shapesWorld({ perClass: 2, testPerClass: 1, classes: 4 });
    const train = (more: object) => trainModel({ engine, dataset, words, epochs: 1, ...more });
    await expect(train({ heldOut: ['red_cat'] })).rejects.toThrow('no class "red_cat"');
    await expect(train({ heldOut: dataset.classes.slice(1) })).rejects.toThrow('1 of 4 classes are left');
    await expect(train({ train: { batch: 100 } })).rejects.toThrow('only 8 training images');
    await expect(train({ network: 'large' })).rejects.toThrow('no network "large"');
    await expect(startEngine(Uint8Array.of(1, 2, 3))).rejects.toThrow('not a wasm binary');
  });
});
