// Readers of safetensors files, npy files, checkpoints and models.
import { readNpy, readSafetensors, toHalf, writeNpy, writeSafetensors } from '../../../dist/formats/index.js';
import { initialise } from '../../../dist/nn/index.js';
import { openModel } from '../../../dist/search/index.js';
import { loadCheckpoint, saveCheckpoint } from '../../../dist/train/checkpoint-file.js';
import { loadModel, saveModel } from '../../../dist/train/index.js';
import { deriveKey, Random } from '../../../dist/util/random.js';
import { hasChecksum, NPY, SAFETENSORS } from '../codecs/tensors.mjs';
import { pixelsOf } from './pixels.mjs';

const D = 3;
const LABELS = ['cat', 'dog', 'bus', 'tree'];
const NORMALISATION = { mean: [0.4, 0.5, 0.6], std: [0.2, 0.2, 0.2] };
const ENGINE = { backend: 'native', isa: 'avx2', build: '0123456789abcdef' };

/** A small network with every kind of layer. */
export const NETWORK = {
  name: 'tiny',
  size: 8,
  outputs: D,
  layers: [
    { type: 'conv', name: 'stem.conv', out: 4, kernel: 3, stride: 2, depthwise: false },
    { type: 'batch-norm', name: 'stem.norm', epsilon: 1e-5, momentum: 0.1 },
    { type: 'activation', fn: 'silu' },
    {
      type: 'residual',
      name: 'block',
      body: [
        { type: 'conv', name: 'block.conv', out: 4, kernel: 3, stride: 1, depthwise: true },
        { type: 'batch-norm', name: 'block.norm', epsilon: 1e-5, momentum: 0.1 },
        { type: 'squeeze-excite', name: 'block.gate', hidden: 2, activation: 'relu', gate: 'sigmoid' },
      ],
      shortcut: [],
    },
    { type: 'global-average-pool' },
    { type: 'dropout', rate: 0.2 },
    { type: 'linear', name: 'output', out: D },
  ],
};

const numbers = (seed, length) => {
  const random = new Random(deriveKey(seed, 'fuzz numbers'));
  return Float32Array.from({ length }, () => random.normal());
};

function writeTensors(file, seed) {
  const tensors = new Map([
    ['a', { dtype: 'F32', shape: [2, 3], data: numbers(seed, 6) }],
    ['a.half', { dtype: 'F16', shape: [4], data: toHalf(numbers(seed, 4)) }],
    ['ids', { dtype: 'I32', shape: [3], data: Int32Array.from([seed, 1, 2]) }],
    ['wide', { dtype: 'F64', shape: [2], data: Float64Array.from([seed, 0.1]) }],
    ['empty', { dtype: 'U8', shape: [0, 5], data: new Uint8Array(0) }],
  ]);
  writeSafetensors(file, tensors, { format: 'test', version: '1' });
}

function writeCheckpoint(file, seed) {
  const trainer = new Map(
    [...initialise(NETWORK, seed)].flatMap(([name, { shape, data }]) => [
      [`parameters.${name}`, { shape, data }],
      [`moments.${name}`, { shape, data: data.map((x) => x * x) }],
    ]),
  );
  const state = {
    ...{
      format: 'lexel-checkpoint',
      version: 1,
      fold: 'split-0',
      seed,
      epoch: 1,
      epochs: 3,
      identity: 'ab'.repeat(32),
    },
    ...{
      seconds: 1.5,
      images: 96,
      ...ENGINE,
      normalisation: NORMALISATION,
      dataset: { hash: '01', orderedHash: '23' },
    },
  };
  const kept = new Map([
    ['epoch0', numbers(seed, 12)],
    ['epoch1', numbers(seed + 1, 12)],
  ]);
  saveCheckpoint(file.replace(ENDING, ''), { state, trainer, kept });
}
const ENDING = '.checkpoint.safetensors';

function writeModel(file, seed) {
  const model = {
    ...{
      network: NETWORK,
      ...NORMALISATION,
      normalisation: 'fold',
      engine: ENGINE,
      recipe: 'whitened',
      labels: LABELS,
      heldOut: ['bus'],
    },
    words: { source: 'shapes', checksum: 'fedc', dimension: D },
    dataset: { name: 'shapes', hash: '01', orderedHash: '23' },
    ...{ training: { fold: 'all', seed, epochs: 2, preset: 'adamw' }, heads: { vector: D, classes: 0 } },
    ...{ vectors: numbers(seed, LABELS.length * D), seenMean: numbers(seed + 1, D) },
    space: { mean: numbers(seed + 2, D), matrix: numbers(seed + 3, D * D), unit: true },
    features: {
      ...{ dimension: 4, trainMeans: numbers(seed, 3 * 4), trainCounts: Int32Array.from([5, 5, 5]) },
      trainCovariance: Float32Array.from({ length: 16 }, (_, i) => (i % 5 === 0 ? 1 : 0.1)),
    },
    weights: initialise(NETWORK, seed),
  };
  saveModel(file, model, { half: seed === 2 });
}

export const TENSOR_HEADER = [
  /too few for a safetensors/,
  /its header should have/,
  /header is not JSON/,
  /its header is not a JSON object/,
  /checksum/,
];

export const NPY_HEADER = [
  /is not an \.npy/,
  /\.npy version/,
  /cut off inside the header/,
  /header lacks/,
  /bytes of data/,
];

export const TENSOR_READERS = {
  safetensors: {
    file: 'x.safetensors',
    write: writeTensors,
    codec: SAFETENSORS,
    checked: hasChecksum,
    outer: TENSOR_HEADER,
    read: (file) => readSafetensors(file),
  },
  npy: {
    file: 'x.npy',
    write: (file, seed) => writeNpy(file, [3, 2 + seed], numbers(seed, 3 * (2 + seed))),
    codec: NPY,
    outer: NPY_HEADER,
    read: (file) => readNpy(file),
  },
  checkpoint: {
    file: `x${ENDING}`,
    write: writeCheckpoint,
    codec: SAFETENSORS,
    checked: hasChecksum,
    outer: TENSOR_HEADER,
    read: (file) => loadCheckpoint(file.replace(ENDING, '')),
  },
  model: {
    file: 'x.model.safetensors',
    write: writeModel,
    codec: SAFETENSORS,
    checked: hasChecksum,
    outer: TENSOR_HEADER,
    read: (file) => loadModel(file),
  },
  'model, put to use': {
    file: 'x.model.safetensors',
    write: writeModel,
    codec: SAFETENSORS,
    checked: hasChecksum,
    outer: TENSOR_HEADER,
    async read(file) {
      const model = openModel(file, { threads: 1 });
      return [model.labels, await model.classify(pixelsOf(8, 8), { top: 2 })];
    },
  },
};
