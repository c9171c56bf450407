// Search among images. `node bench/peers/search.mjs make FILE COUNT DIMENSION DTYPE` writes an index of
// random rows. `... open FILE THREADS` loads it like `lexel find`, searches, and measures a copy. These are
// two processes, so that the reader starts without the writer's memory. `... classify NET BACKEND DIR`
// classifies images one at a time.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { engineInfo, openBackend } from '../../dist/engine/index.js';
import { measurePeaks } from '../../dist/engine/peaks.js';
import { fromHalf } from '../../dist/formats/index.js';
import { buildNetwork, initialise } from '../../dist/nn/index.js';
import { ImageIndex, openModel } from '../../dist/search/index.js';
import { writeIndex } from '../../dist/search/index-file.js';
import { saveModel } from '../../dist/train/index.js';
import { MEAN, madeUp, STD } from '../lib/made-up.mjs';
import { median } from '../lib/stats.mjs';
import { say } from './serve.mjs';

const SEARCHES = 9;
const ANSWERS = 300;
const WARMUP = 50;
const DIMENSION = 100;
const LABELS = 100;

/**
 * A linear congruential generator (Numerical Recipes' constants): fast, and random enough for this purpose.
 */
function make(file, count, dimension, dtype) {
  const matrix = new (dtype === 'float16' ? Uint16Array : Float32Array)(count * dimension);
  let state = 1;
  for (let i = 0; i < matrix.length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    // float16 values of either sign in [1/16, 1/4).
    matrix[i] =
      dtype === 'float16' ? ((state >>> 16) & 0x8000) | (0x2c00 + ((state >>> 16) & 0x7ff)) : state / 2 ** 31;
  }
  const model = { file: '', sha256: '0'.repeat(64), network: 'random', recipe: 'poster' };
  const header = { count, dimension, dtype, root: '.', model, labels: [], mu: Array(dimension).fill(0) };
  const names = Array.from({ length: count }, (_, i) => `p${i}.png`);
  writeIndex(file, { header, names, stats: new Float64Array(2 * count), matrix });
  say({ made: count });
}

async function search(file, threads) {
  const start = performance.now();
  const index = ImageIndex.open(file, { threads });
  const load = performance.now() - start;
  const { dimension: d, count } = index.header;
  const times = [];
  for (let i = 0; i < SEARCHES; i++) {
    const row = Math.floor(Math.random() * count);
    const own = index.matrix.slice(row * d, (row + 1) * d);
    const query = own instanceof Uint16Array ? fromHalf(own) : own;
    const began = performance.now();
    const found = await index.search(query, 10);
    times.push(performance.now() - began);
    if (found[0].index !== row) throw new Error('the search did not find the row itself');
  }
  await index.close();
  const heap = process.memoryUsage().heapUsed;
  const { bytes: copy } = await measurePeaks(openBackend('native'), threads);
  say({
    bytes: index.matrix.byteLength,
    load_ms: load,
    first_ms: times[0],
    search_ms: times.slice(1),
    heap,
    copy,
  });
}

/** Milliseconds from pixels, and from a PNG file, to the five nearest of a hundred labels. */
async function classify(net, backend, dir) {
  const network = buildNetwork(net, { outputs: DIMENSION });
  const random = madeUp({ size: network.size, outputs: DIMENSION }, LABELS);
  const file = join(dir, `${net}.safetensors`.replace(':', '-'));
  const labels = Array.from({ length: LABELS }, (_, i) => `label${i}`);
  saveModel(file, {
    network,
    mean: [MEAN, MEAN, MEAN],
    std: [STD, STD, STD],
    recipe: 'poster',
    labels,
    heldOut: [],
    words: { source: 'random', checksum: '', dimension: DIMENSION },
    dataset: { name: 'random', hash: '' },
    training: { fold: 'none', seed: 0, epochs: 0, preset: 'adamw' },
    vectors: random.targets,
    seenMean: new Float32Array(DIMENSION),
    weights: initialise(network, 0),
  });
  const size = network.size;
  const pixels = random.pixels.slice(0, size * size * 3);
  const image = join(dir, 'image.png');
  writeFileSync(
    image,
    await sharp(pixels, { raw: { width: size, height: size, channels: 3 } })
      .resize(256, 256)
      .png()
      .toBuffer(),
  );
  const model = openModel(file, { backend });
  const time = async (image) => {
    for (let i = 0; i < WARMUP; i++) await model.classify(image);
    const times = [];
    for (let i = 0; i < ANSWERS; i++) {
      const start = performance.now();
      await model.classify(image);
      times.push(performance.now() - start);
    }
    return median(times);
  };
  say({
    net,
    backend,
    isa: (await engineInfo(backend)).isa,
    pixels_ms: await time({ data: pixels, width: size, height: size }),
    png_ms: await time(image),
  });
}

const [action, ...rest] = process.argv.slice(2);
if (action === 'make') make(rest[0], Number(rest[1]), Number(rest[2]), rest[3]);
else if (action === 'open') await search(rest[0], Number(rest[1]));
else await classify(...rest);
