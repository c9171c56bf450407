// Writes a small finished run directory, without training, as fuzzing input for the readers of run directories.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeFoldOutputs } from '../../dist/crossval/fold-outputs.js';
import { foldFiles, writeRunFile } from '../../dist/crossval/run-file.js';
import { targetsId } from '../../dist/crossval/targets-file.js';
import { toHalf, writeNpy } from '../../dist/formats/index.js';
import { keepRun } from '../../dist/statistics/keep-run.js';
import { deriveKey, Random } from '../../dist/util/random.js';

const D = 3;
const F = 2;
const IMAGES = 2;
const CLASSES = ['red_circle', 'blue_square', 'green_star', 'red_ring'];
const TIME = '2026-01-01T12:00:00.000Z';
const ENGINE = { backend: 'native', isa: 'avx2', build: '0123456789abcdef' };
export const FOLD = { id: 'split-0', heldOut: [1, 2] };
const SEEN = [0, 3];

export const RUN = {
  ...{
    format: 'lexel-run',
    version: 2,
    created: TIME,
    lexel: '0.2.0',
    node: 'v20.19.0',
    cpu: 'A processor',
    ...ENGINE,
  },
  ...{
    command: 'lexel loo --protocol holdout:2 --out runs/fuzz',
    protocol: 'holdout:2',
    seed: 1,
    recipe: 'poster',
  },
  ...{ preset: 'adamw', normalisation: 'fold' },
  config: {
    ...{
      data: 'shapes',
      words: 'shapes',
      wordsDimension: D,
      size: 16,
      net: 'lite',
      width: 1,
      depth: 1,
      epochs: 2,
      batch: 8,
    },
    ...{
      limit: null,
      learningRate: 0.002,
      weightDecay: 0.02,
      warmup: 1,
      schedule: 'cosine',
      loss: 'mse',
      optimizer: 'adamw',
    },
    ...{
      augment: { crop: 4, flip: true, cutout: 0, cutmix: 0 },
      clip: 1,
      ema: 0,
      balanced: false,
      init: 'default',
    },
    keepOutputs: 'seen',
  },
  dataset: {
    ...{
      name: 'shapes',
      hash: '0123456789abcdef',
      orderedHash: '0123456789abcdef',
      size: 16,
      classes: CLASSES,
    },
    ...{ superclasses: ['round', 'other'], superclassOf: [0, 1, 1, 0], trainCount: 40, testCount: 8 },
    superclassFile: { path: 'groups.csv', replaced: true },
  },
  words: {
    ...{ source: 'shapes', checksum: 'fedcba9876543210', dimension: D },
    labels: CLASSES.map((label) => ({ label, words: label.split('_'), via: 'mean' })),
    repaired: [{ what: 'repeated words', count: 1, first: 'line 3' }],
  },
  folds: [FOLD],
  joined: [
    {
      created: TIME,
      lexel: '0.2.0',
      node: 'v20.19.0',
      cpu: 'Another',
      engine: ENGINE,
      command: 'lexel loo',
      folds: ['split-0'],
    },
  ],
};

const metrics = (loss) => ({
  loss,
  skill: 0.1,
  centredCosine: 0.2,
  rank: 1.5,
  hit1: 0.5,
  hit5: 1,
  hit10: null,
});

function logLines() {
  const epochs = [0, 1, 2].map((epoch) => ({
    ...{
      type: 'epoch',
      fold: FOLD.id,
      epoch,
      trainLoss: epoch === 0 ? null : 0.3 / epoch,
      learningRate: 0.002,
    },
    ...{ seconds: 1.5, images: 20, heldOut: metrics(0.5 - 0.1 * epoch) },
    classes: FOLD.heldOut.map((c) => ({ class: c, ...metrics(0.5 - 0.1 * epoch) })),
  }));
  const normalisation = { mean: [0.4, 0.5, 0.6], std: [0.2, 0.2, 0.2] };
  const start = {
    type: 'start',
    version: 2,
    fold: FOLD.id,
    heldOut: FOLD.heldOut,
    trainImages: 20,
    droppedDuplicates: 0,
    steps: 4,
  };
  return [
    { ...start, parameters: 100, normalisation, engine: ENGINE, time: TIME },
    ...epochs.slice(0, 2),
    { type: 'resume', fold: FOLD.id, epoch: 1, engine: ENGINE, time: TIME },
    epochs[2],
    { type: 'end', fold: FOLD.id, epochs: 2, seconds: 3, imagesPerSecond: 13, time: TIME },
  ];
}

function outputsOf(random, seed) {
  const numbers = (n) => Float32Array.from({ length: n }, () => 0.4 * random.normal());
  const held = FOLD.heldOut.length * IMAGES;
  const seen = SEEN.length * IMAGES;
  const hashes = (n) => Uint8Array.from({ length: 8 * n }, () => random.below(256));
  const labels = (classes) => Int32Array.from(classes.flatMap((c) => Array(IMAGES).fill(c)));
  return {
    dimension: D,
    heldOut: {
      ...{
        ids: Int32Array.from({ length: held }, (_, i) => i),
        labels: labels(FOLD.heldOut),
        hashes: hashes(held),
      },
      ...{ epoch0: numbers(held * D), epoch1: numbers(held * D), last: numbers(held * D) },
    },
    seen: { classes: Int32Array.from(SEEN), means: numbers(SEEN.length * D) },
    seenImages: {
      ...{
        ids: Int32Array.from({ length: seen }, (_, i) => held + i),
        labels: labels(SEEN),
        hashes: hashes(seen),
      },
      outputs: toHalf(numbers(seen * D)),
    },
    features: {
      ...{ dimension: F, trainMeans: numbers(SEEN.length * F), trainCounts: Int32Array.from([10, 10]) },
      ...{
        trainCovariance: Float32Array.from([1, 0.1, 0.1, 1]),
        heldOut: numbers(held * F),
        seenImages: toHalf(numbers(seen * F)),
      },
    },
    metadata: { fold: FOLD.id, seed: `${seed}`, recipe: 'poster', dataset: RUN.dataset.hash },
  };
}

/** Writes the run to `dir`/run and its kept copy (with records) to `dir`/kept. @returns the paths of both runs' files */
export function writeRun(dir, seed = 1) {
  const random = new Random(deriveKey(seed, 'fuzz run'));
  const run = join(dir, 'run');
  mkdirSync(join(run, 'folds'), { recursive: true });
  const vectors = Float32Array.from({ length: CLASSES.length * D }, () => random.normal());
  writeRunFile(run, { ...RUN, seed, targets: targetsId(vectors) });
  writeNpy(join(run, 'targets.npy'), [CLASSES.length, D], vectors);
  const files = foldFiles(run, FOLD.id);
  writeFoldOutputs(files.outputs, outputsOf(random, seed));
  writeFileSync(
    files.log,
    logLines()
      .map((line) => `${JSON.stringify(line)}\n`)
      .join(''),
  );
  const kept = keepRun(run, join(dir, 'kept'), { name: 'run' }).dir;
  return {
    ...{
      run,
      kept,
      runFile: join(run, 'run.json'),
      targets: join(run, 'targets.npy'),
      log: files.log,
      outputs: files.outputs,
    },
    ...{ keptRunFile: join(kept, 'run.json'), record: foldFiles(kept, FOLD.id).record },
  };
}
