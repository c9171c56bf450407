// Finds test images of CIFAR-100 that nearly equal a training image: node scripts/near-duplicates.mjs [--data-dir DIR] [--sheet FILE.png]
//
// Barz & Denzler (2020, "Do We Train on Test Data?", ciFAIR) found that about 9 % of CIFAR-100's test images recur in the training set, possibly
// shifted, cropped, recoloured or recompressed. This script finds the pairs that are equal pixel by pixel or nearly so, also mirrored. For each
// test image, averages over 4 × 4 pixels select the candidate training images. A pair is a near-duplicate if the differences between neighbouring
// pixels (in both directions, all channels) correlate at THRESHOLD or above. Unlike the averages, these differences distinguish two objects in
// front of the same sky. The results are written to docs/results/near-duplicates.json, which the results page reads. --sheet draws the pairs
// nearest the threshold for inspection.
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import sharp from 'sharp';
import { openDataset } from '../dist/data/index.js';
import { dotRows } from '../dist/words/dot-rows.js';

const THRESHOLD = 0.6;
/** Number of candidate training images per test image that are compared at full resolution. */
const PROPOSED = 8;
const POOL = 4;

const { dataDir, sheet } = new Command('node scripts/near-duplicates.mjs')
  .description('Finds test images of CIFAR-100 that nearly equal a training image.')
  .option('--data-dir <dir>', 'folder that is searched first for the images')
  .option('--sheet <file>', 'write a PNG of the pairs nearest the threshold')
  .parse()
  .opts();

/** Averages over POOL × POOL pixels, centred and scaled to unit length per image: float32 [count, (size/POOL)² · 3]. */
function coarse({ pixels: data, count, size }, mirrored = false) {
  const side = size / POOL;
  const width = side * side * 3;
  const out = new Float32Array(count * width);
  for (let i = 0; i < count; i++) {
    const row = out.subarray(i * width, (i + 1) * width);
    for (let y = 0; y < size; y++)
      for (let x = 0; x < size; x++)
        for (let c = 0; c < 3; c++) {
          const at = mirrored ? size - 1 - x : x;
          const block = Math.floor(y / POOL) * side + Math.floor(x / POOL);
          row[block * 3 + c] += data[((i * size + y) * size + at) * 3 + c];
        }
    toUnit(row);
  }
  return out;
}

/** Differences to the neighbouring pixels on the right and below, centred and scaled to unit length: float32 [2 · (size − 1)² · 3]. */
function edges({ pixels, size }, i, mirrored = false) {
  const n = size * size * 3;
  const at = (y, x, c) => pixels[i * n + (y * size + (mirrored ? size - 1 - x : x)) * 3 + c];
  const row = new Float32Array(2 * (size - 1) ** 2 * 3);
  let k = 0;
  for (let y = 0; y < size - 1; y++)
    for (let x = 0; x < size - 1; x++)
      for (let c = 0; c < 3; c++) {
        const here = at(y, x, c);
        row[k++] = at(y, x + 1, c) - here;
        row[k++] = at(y + 1, x, c) - here;
      }
  toUnit(row);
  return row;
}

function toUnit(row) {
  const mean = row.reduce((sum, x) => sum + x, 0) / row.length;
  const norm = Math.sqrt(row.reduce((sum, x) => sum + (x - mean) ** 2, 0)) || 1;
  for (let j = 0; j < row.length; j++) row[j] = (row[j] - mean) / norm;
}

const dot = (a, b) => a.reduce((sum, x, j) => sum + x * b[j], 0);

/** Indices of the k largest values, in descending order of value. */
function largest(values, k) {
  const best = [];
  for (const [i, value] of values.entries()) {
    if (best.length === k && value <= values[best[k - 1]]) continue;
    const place = best.findIndex((j) => values[j] < value);
    best.splice(place < 0 ? best.length : place, 0, i);
    if (best.length > k) best.pop();
  }
  return best;
}

const dataset = await openDataset('cifar-100', { dataDir });
const { train, test, classes } = dataset;
const rows = coarse(train);
const queries = [coarse(test), coarse(test, true)];
const width = rows.length / train.count;
const nearest = [];
for (let i = 0; i < test.count; i++) {
  let best = { correlation: -1 };
  for (const [mirrored, all] of queries.entries()) {
    const own = edges(test, i, mirrored === 1);
    for (const j of largest(dotRows(rows, all.slice(i * width, (i + 1) * width)), PROPOSED)) {
      const correlation = dot(own, edges(train, j));
      if (correlation > best.correlation) best = { correlation, test: i, train: j, mirrored: mirrored === 1 };
    }
  }
  nearest.push(best);
}

/** Index of each test image among the test images of its class, in the order of the test split. */
const places = new Int32Array(test.count);
const counts = new Int32Array(classes.length);
for (const [i, label] of test.labels.entries()) places[i] = counts[label]++;

const found = nearest.filter(({ correlation }) => correlation >= THRESHOLD);
const otherwise = found.filter((pair) => test.labels[pair.test] !== train.labels[pair.train]);
writeFileSync(
  fileURLToPath(new URL('../docs/results/near-duplicates.json', import.meta.url)),
  `${JSON.stringify({
    about:
      'Test images whose differences between neighbouring pixels correlate with those of a training image at the threshold or above; of those whose training image has another label, class and place among the test images of the class.',
    threshold: THRESHOLD,
    orderedHash: dataset.orderedHash,
    testImages: test.count,
    found: found.length,
    otherLabel: otherwise.map((pair) => ({
      class: classes[test.labels[pair.test]],
      place: places[pair.test],
      like: classes[train.labels[pair.train]],
      correlation: Number(pair.correlation.toFixed(4)),
    })),
  })}\n`,
);
console.log(
  `${found.length} of ${test.count} test images have a near-duplicate in training, ${otherwise.length} of them under another label`,
);
for (const least of [0.4, 0.5, 0.6, 0.7, 0.8, 0.9])
  console.log(
    `  correlation ≥ ${least}: ${nearest.filter(({ correlation }) => correlation >= least).length}`,
  );

if (sheet) {
  const shown = nearest
    .filter(({ correlation }) => Math.abs(correlation - THRESHOLD) < 0.1)
    .sort((a, b) => a.correlation - b.correlation);
  const step = Math.max(1, Math.floor(shown.length / 48));
  const tile = (set, i) => ({
    raw: { width: set.size, height: set.size, channels: /** @type {3} */ (3) },
    of: set.pixels.subarray(i * set.size ** 2 * 3, (i + 1) * set.size ** 2 * 3),
  });
  const composite = [];
  for (const [k, pair] of shown
    .filter((_, i) => i % step === 0)
    .slice(0, 48)
    .entries()) {
    for (const [side, { raw, of }] of [tile(test, pair.test), tile(train, pair.train)].entries()) {
      const input = await sharp(Buffer.from(of), { raw })
        .resize(64, 64, { kernel: 'nearest' })
        .png()
        .toBuffer();
      composite.push({ input, left: (k % 8) * 140 + side * 66, top: Math.floor(k / 8) * 70 });
    }
  }
  await sharp({ create: { width: 8 * 140, height: 6 * 70, channels: 3, background: '#ffffff' } })
    .composite(composite)
    .png()
    .toFile(sheet);
}
