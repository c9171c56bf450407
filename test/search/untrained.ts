/** Writes a model file of a small untrained network in the space of the bundled words, and drawn images. */
import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import { buildNetwork, initialise } from '../../src/nn/index.js';
import { saveModel } from '../../src/train/index.js';
import { meanRow } from '../../src/util/metrics.js';
import { labelVectors, openWords } from '../../src/words/index.js';

export const LABELS = ['red_circle', 'red_square', 'blue_circle', 'blue_square', 'green_star'];

/** Writes the model; `green_star` is held out. */
export async function saveUntrained(file: string, seed = 1): Promise<void> {
  const words = await openWords('shapes');
  const { vectors } = labelVectors(words, LABELS);
  const network = buildNetwork('lite', { outputs: words.dimension, width: 0.25 });
  const weights = new Map(initialise(network, seed));
  // The last layer starts near zero; this makes the outputs as diverse as those of a trained network.
  for (const [name, { shape, data }] of weights) {
    if (shape.at(-1) === words.dimension) weights.set(name, { shape, data: data.map((x) => x * 100) });
  }
  saveModel(file, {
    network,
    mean: [0.5, 0.5, 0.5],
    std: [0.25, 0.25, 0.25],
    recipe: 'poster',
    labels: LABELS,
    heldOut: ['green_star'],
    words: { source: words.source, checksum: words.checksum, dimension: words.dimension },
    dataset: { name: 'shapes', hash: '' },
    training: { fold: 'green_star', seed, epochs: 0, preset: 'adamw' },
    vectors,
    seenMean: Float32Array.from(meanRow(vectors, words.dimension, [0, 1, 2, 3])),
    weights,
  });
}

/** Draws an image with two colours side by side. */
export async function drawImage(file: string, left: string, right = left): Promise<string> {
  mkdirSync(dirname(file), { recursive: true });
  const half = await sharp({ create: { width: 20, height: 40, channels: 3, background: right } })
    .png()
    .toBuffer();
  await sharp({ create: { width: 40, height: 40, channels: 3, background: left } })
    .composite([{ input: half, left: 20, top: 0 }])
    .toFile(file);
  return file;
}

/** Creates a folder with images, some in subfolders, and other files; returns the images in order. */
export async function drawFolder(dir: string): Promise<string[]> {
  const names = ['a.png', 'b.jpg', 'deep/c c.webp', 'deep/er/d.png', 'z.png'];
  const colours = ['#c22', '#22c', '#2c2', '#cc2', '#2cc'];
  for (const [i, name] of names.entries()) {
    await drawImage(join(dir, name), colours[i], '#fff');
  }
  return names.map((name) => join(dir, name));
}
