/**
 * Features: the input of a network's last linear layer. A fold keeps how its training images' features are distributed
 * and the features of its test images, so that other readings of the network (reverse ridge, ESZSL) can be computed
 * without training again.
 */

import { setImmediate as breathe } from 'node:timers/promises';
import type { ImageSet } from '../data/index.js';
import { createPredictor, type EngineOptions, type StateDict } from '../engine/index.js';
import { type Network, trace } from '../nn/index.js';
import { LexelError } from '../util/errors.js';
import { type FeatureStatistics, FeatureSums } from './feature-statistics.js';
import { CHUNK, predictImages } from './predict.js';

/** What a finished fold keeps of its network's features at the end of training; f is their number. */
export interface KeptFeatures extends Required<FeatureStatistics> {
  /** Of the held-out test images, float32 [ids, f]. */
  readonly heldOut: Float32Array;
  /** Of the seen test images, float32 [ids, f], where their outputs are kept too. */
  readonly seenImages?: Float32Array;
}

/**
 * The network up to its last linear layer: its outputs are the features.
 * @throws LexelError when the network's own list has no linear layer
 */
export function featureNetwork(network: Network): Network {
  const at = network.layers.findLastIndex(({ type }) => type === 'linear');
  const layer = network.layers[at];
  if (!layer) throw new LexelError(`network "${network.name}" has no linear layer, so it has no features`);
  const [, , outputs] = trace(network).find((traced) => traced.layer === layer)!.input;
  return { ...network, layers: network.layers.slice(0, at), outputs };
}

export interface FeatureImages {
  /** The images that the fold trained on, and the seen classes that they are of. */
  readonly train: { readonly set: ImageSet; readonly ids: Int32Array; readonly classes: readonly number[] };
  /** Test images: the held-out ones, and the seen ones where their outputs are kept. */
  readonly test: { readonly set: ImageSet; readonly heldOut: Int32Array; readonly seen?: Int32Array };
}

/**
 * Computes the features that a fold keeps.
 * @param stop asked between chunks of training images
 * @returns null when it was told to stop
 */
export async function keptFeatures(
  { network, batch, engine, weights }: FeatureSource,
  { train, test }: FeatureImages,
  stop: () => boolean,
): Promise<KeptFeatures | null> {
  const features = featureNetwork(network);
  const dimension = features.outputs;
  const predictor = await createPredictor(features, batch, engine);
  try {
    await predictor.load(weights);
    const sums = new FeatureSums(train.classes, dimension);
    for (let at = 0; at < train.ids.length; at += CHUNK) {
      await breathe();
      if (stop()) return null;
      const ids = train.ids.subarray(at, at + CHUNK);
      const labels = Int32Array.from(ids, (id) => train.set.labels[id]);
      sums.add(await predictImages(predictor, train.set, ids, dimension), labels);
    }
    const ofTest = (ids: Int32Array) => predictImages(predictor, test.set, ids, dimension);
    return {
      ...sums.statistics(),
      heldOut: await ofTest(test.heldOut),
      ...(test.seen && { seenImages: await ofTest(test.seen) }),
    };
  } finally {
    await predictor.dispose();
  }
}

/** A trained network, and how it is run. */
export interface FeatureSource {
  readonly network: Network;
  /** Images at once. */
  readonly batch: number;
  readonly engine: EngineOptions;
  readonly weights: StateDict;
}
