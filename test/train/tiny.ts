/** A data set and a network so small that a run takes a fraction of a second. */

import { type Dataset, shapesWorld } from '../../src/data/index.js';
import type { Network } from '../../src/nn/index.js';
import {
  type FoldEvent,
  type FoldOptions,
  type FoldResult,
  type TrainConfig,
  trainFold,
} from '../../src/train/index.js';
import { deriveKey, Random } from '../../src/util/random.js';

export const DIMENSION = 6;

/** 8 classes of 12 training and 4 test images, 16 x 16 pixels. */
export function tinyWorld(): Dataset {
  return shapesWorld({ size: 16, classes: 8, perClass: 12, testPerClass: 4 });
}

export const TINY_NETWORK: Network = {
  name: 'tiny',
  size: 16,
  outputs: DIMENSION,
  layers: [
    { type: 'conv', name: 'stem.conv', out: 8, kernel: 3, stride: 2, depthwise: false },
    { type: 'batch-norm', name: 'stem.norm', epsilon: 1e-5, momentum: 0.1 },
    { type: 'activation', fn: 'silu' },
    { type: 'conv', name: 'body.conv', out: 8, kernel: 3, stride: 2, depthwise: true },
    { type: 'batch-norm', name: 'body.norm', epsilon: 1e-5, momentum: 0.1 },
    { type: 'activation', fn: 'relu' },
    { type: 'global-average-pool' },
    { type: 'dropout', rate: 0.2 },
    { type: 'linear', name: 'output', out: DIMENSION },
  ],
};

export const TINY_CONFIG: TrainConfig = {
  epochs: 3,
  batch: 16,
  limit: null,
  learningRate: 0.01,
  weightDecay: 0.01,
  warmup: 1,
  schedule: 'cosine',
  loss: 'mse',
  optimizer: 'adamw',
  augment: { crop: 2, flip: true, cutout: 0, cutmix: 0 },
  clip: 1,
  ema: 0,
  balanced: false,
  init: 'default',
  keepOutputs: 'seen',
};

/** Random vectors, one per class. */
export function tinyVectors(classes: number): Float32Array {
  const random = new Random(deriveKey(7, 'vectors'));
  return Float32Array.from({ length: classes * DIMENSION }, () => random.normal());
}

/** Options of a run that holds out classes 2 and 5. */
export function tinyOptions(dataset: Dataset, changes: Partial<TrainConfig> = {}): FoldOptions {
  return {
    dataset,
    vectors: tinyVectors(dataset.classes.length),
    recipe: 'poster',
    network: TINY_NETWORK,
    fold: { id: 'two', heldOut: [2, 5] },
    config: { ...TINY_CONFIG, ...changes },
    seed: 11,
  };
}

export type Finished = Extract<FoldResult, { status: 'finished' }>;

/** Trains a fold to its end. */
export async function finish(options: FoldOptions): Promise<{ result: Finished; events: FoldEvent[] }> {
  const events: FoldEvent[] = [];
  const result = await trainFold({ ...options, on: (event) => events.push(event) });
  if (result.status !== 'finished') throw new Error('it was stopped');
  return { result, events };
}
