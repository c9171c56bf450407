// How well familiarity separates images from those that a model was trained on: node scripts/familiarity.mjs [--model MODEL]
//
// Familiar are the official test images of the model's seen classes. Against them stand noise, blanks, the drawn shapes, CIFAR-100's own test
// images cut into 16 blocks that are shuffled, and the test images of the classes that the model never saw. For each: the area under the ROC
// curve (the probability that such an image is less familiar than a test image; 0.5 for guessing) and the share below 5 %, where 5 % of the
// test images lie. --candidates compares other scores of the same network that have been tried.
import { Command } from 'commander';
import { gather, openDataset, shapesWorld } from '../dist/data/index.js';
import { createPredictor } from '../dist/engine/index.js';
import { openModel, UNFAMILIAR } from '../dist/search/index.js';
import {
  classHead,
  earlyNetwork,
  featureNetwork,
  modelHeads,
  seenLabels,
  vectorHead,
  whitened,
  whitenedWithin,
} from '../dist/train/index.js';
import { deriveKey, Random } from '../dist/util/random.js';
import { unitRows } from '../dist/util/unit-rows.js';

const COUNT = 1000;
const BLOCK = 8;
const BATCH = 50;

const options = new Command('node scripts/familiarity.mjs')
  .description('Measures how well familiarity tells images from those that a model was trained on.')
  .option('--model <path>', 'a model of CIFAR-100 (default: the one that comes with Lexel)')
  .option('--data-dir <dir>', 'folder that is searched first for the images')
  .option('--unseen <labels>', 'measure these unseen classes only', (text) => text.split(','))
  .option('--candidates', 'also measure other scores')
  .parse()
  .opts();
const model = openModel(options.model);
const { size } = model;
const bytes = size * size * 3;
const dataset = await openDataset('cifar-100', { dataDir: options.dataDir, size });
const heldOut = new Set(model.model.heldOut);

const draws = (purpose) => new Random(deriveKey(0, 'familiarity', purpose));

/** COUNT images, each filled by `paint(pixels, i)`. */
function painted(paint) {
  const all = new Uint8Array(COUNT * bytes);
  for (let i = 0; i < COUNT; i++) paint(all.subarray(i * bytes, (i + 1) * bytes), i);
  return all;
}

/** The pixels of the images of a set whose label is wanted. */
function images(set, wanted) {
  const ids = Int32Array.from(set.labels.keys()).filter((i) => wanted(set.labels[i]));
  const pixels = new Uint8Array(ids.length * bytes);
  gather(set, ids, 0, ids.length, pixels);
  return pixels;
}

function noise(value) {
  return painted((pixels) => {
    for (let at = 0; at < bytes; at++) pixels[at] = value();
  });
}

const test = images(dataset.test, (c) => !heldOut.has(dataset.classes[c]));
const [uniform, normal, colours, order] = ['uniform', 'normal', 'blank', 'blocks'].map(draws);

/** One test image with its blocks in random order. */
function scrambled(pixels, i) {
  const every = Math.floor(test.length / bytes / COUNT);
  const image = test.subarray(i * every * bytes, (i * every + 1) * bytes);
  const side = size / BLOCK;
  const places = order.shuffle([...Array(side * side).keys()]);
  for (const [to, from] of places.entries()) {
    const start = (block, y) => 3 * ((Math.floor(block / side) * BLOCK + y) * size + (block % side) * BLOCK);
    for (let y = 0; y < BLOCK; y++) {
      const row = image.subarray(start(from, y), start(from, y) + 3 * BLOCK);
      pixels.set(row, start(to, y));
    }
  }
}

const unseen = options.unseen ? new Set(options.unseen) : heldOut;
const groups = {
  'uniform noise': noise(() => uniform.below(256)),
  'normal noise': noise(() => Math.min(255, Math.max(0, Math.round(127.5 + 64 * normal.normal())))),
  'blank images, one colour each': painted((pixels) => {
    const colour = [0, 1, 2].map(() => colours.below(256));
    for (let at = 0; at < bytes; at++) pixels[at] = colour[at % 3];
  }),
  'drawn shapes': images(shapesWorld({ size }).test, () => true),
  'test images, 16 blocks shuffled': painted(scrambled),
  ...(unseen.size > 0 && {
    [`the ${unseen.size} classes held out`]: images(dataset.test, (c) => unseen.has(dataset.classes[c])),
  }),
};

/** Scores of a set of images by name, larger for more familiar ones. */
async function scoresOf(pixels) {
  const { familiarity } = await model.read(pixels);
  return { familiarity, ...(options.candidates && (await others(pixels))) };
}

/** Other scores, for comparison. */
async function others(pixels) {
  const { network, mean, std, weights, features, familiarity, vectors, seenMean } = model.model;
  if (!features?.trainCovariance || !familiarity)
    throw new Error(`${model.file} has no calibration of familiarity`);
  const statistics = { ...features, trainCovariance: features.trainCovariance };
  /** @type {any} */
  const normalisation = { mean, std };
  const run = async (part) => {
    const predictor = await createPredictor(part, BATCH, normalisation);
    try {
      await predictor.load(weights);
      return await predictor.predict(pixels);
    } finally {
      await predictor.dispose();
    }
  };
  const seen = seenLabels(model.model);
  const heads = modelHeads(model.model);
  const outputs = await run(network);
  const space = whitenedWithin(statistics);
  const { dimension: f, trainMeans } = statistics;
  const means = space.place(trainMeans);
  const points = space.place(await run(featureNetwork(network)));
  const early = await run(earlyNetwork(network));
  const c = familiarity.earlyMean.length;
  const earlyPoints = whitened(familiarity.earlyMean, familiarity.earlyCovariance, 0.01).place(early);
  const n = pixels.length / bytes;
  const each = (score) => Float64Array.from({ length: n }, (_, i) => score(i));
  const best = (values) => values.reduce((most, value) => Math.max(most, value), -Infinity);
  const dot = (a, from, b, start, d) => {
    let sum = 0;
    for (let j = 0; j < d; j++) sum += a[from + j] * b[start + j];
    return sum;
  };
  const rows = seen.map((_, row) => row);
  const half = rows.map((row) => dot(means, row * f, means, row * f, f) / 2);
  const late = each((i) => best(rows.map((row) => dot(points, i * f, means, row * f, f) - half[row])));
  const found = {
    'early distance alone': each((i) => -dot(earlyPoints, i * c, earlyPoints, i * c, c)),
    'late discriminant alone': late,
    'Mahalanobis distance to the nearest class': each(
      (i) => late[i] - dot(points, i * f, points, i * f, f) / 2,
    ),
  };
  if (heads.classes > 0) {
    const scores = classHead(outputs, heads);
    const own = (i) => seen.map((label) => scores[i * heads.classes + label]);
    const energy = (i) => Math.log(own(i).reduce((sum, score) => sum + Math.exp(score), 0));
    found['energy of the class head'] = each(energy);
    found['largest probability of the class head'] = each((i) => best(own(i)) - energy(i));
  }
  if (heads.vector > 0) {
    const d = seenMean.length;
    const answers = unitRows(vectorHead(outputs, heads), seenMean);
    const words = unitRows(vectors, seenMean);
    found['largest cosine of the vector head'] = each((i) =>
      best(seen.map((label) => dot(answers, i * d, words, label * d, d))),
    );
  }
  return found;
}

/** Position of a value among sorted ones, ties halved. */
function below(sorted, value) {
  let [first, last] = [0, sorted.length];
  while (first < last) {
    const middle = (first + last) >> 1;
    if (sorted[middle] < value) first = middle + 1;
    else last = middle;
  }
  let ties = first;
  while (ties < sorted.length && sorted[ties] === value) ties++;
  return (first + ties) / 2;
}

const familiar = await scoresOf(test);
const found = {};
for (const [name, pixels] of Object.entries(groups)) found[name] = await scoresOf(pixels);
for (const score of Object.keys(familiar)) {
  const sorted = familiar[score].slice().sort();
  const least = sorted[Math.floor(UNFAMILIAR * sorted.length)];
  console.log(`\n${score}, against ${sorted.length} test images of seen classes\n`);
  console.log('| images | AUROC | flagged at 5 % false alarms |\n| --- | --- | --- |');
  for (const [name, { [score]: values }] of Object.entries(found)) {
    const area =
      values.reduce((sum, value) => sum + 1 - below(sorted, value) / sorted.length, 0) / values.length;
    const flagged = values.filter((value) => value < least).length / values.length;
    console.log(`| ${name} | ${area.toFixed(3)} | ${(100 * flagged).toFixed(1)} % |`);
  }
}
