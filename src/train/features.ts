/**
 * Features: the input of a network's last linear layer. A fold stores statistics of its training images'
 * features and the features of its test images, so that other readings of the network (reverse ridge, ESZSL)
 * can be computed without training again.
 */

import type { ImageSet } from '../data/types.js';
import type { OpenEngine, StateDict } from '../engine/types.js';
import { trace } from '../nn/trace.js';
import type { Network } from '../nn/types.js';
import { breathe } from '../util/breathe.js';
import { LexelError } from '../util/errors.js';
import { type FeatureStatistics, FeatureSums } from './feature-statistics.js';
import { CHUNK, predictImages } from './predict.js';

/** The features that a finished fold stores, computed after the last epoch; f is their number. */
export interface KeptFeatures extends Required<FeatureStatistics> {
  /** Features of the held-out test images, float32 [ids, f]. */
  readonly heldOut: Float32Array;
  /** Features of the seen test images, float32 [ids, f], if their outputs are stored too. */
  readonly seenImages?: Float32Array;
}

/**
 * The network without its last linear layer, so that its outputs are the features.
 * @throws LexelError if the network's top-level list has no linear layer
 */
export function featureNetwork(network: Network): Network {
  const at = network.layers.findLastIndex(({ type }) => type === 'linear');
  const layer = network.layers[at];
  if (!layer) throw new LexelError(`network "${network.name}" has no linear layer, so it has no features`);
  const [, , outputs] = trace(network).find((traced) => traced.layer === layer)!.input;
  return { ...network, layers: network.layers.slice(0, at), outputs };
}

export interface FeatureImages {
  /** The fold's training images, and the seen classes. */
  readonly train: { readonly set: ImageSet; readonly ids: Int32Array; readonly classes: readonly number[] };
  /** The held-out test images, and the seen ones if their outputs are stored. */
  readonly test: { readonly set: ImageSet; readonly heldOut: Int32Array; readonly seen?: Int32Array };
}

/**
 * Computes the features that a fold stores.
 * @param stop called between chunks of training images; true stops the computation
 * @returns null if it was stopped
 */
export async function keptFeatures(
  { network, batch, engine, weights, onImages }: FeatureSource,
  { train, test }: FeatureImages,
  stop: () => boolean,
): Promise<KeptFeatures | null> {
  const features = featureNetwork(network);
  const dimension = features.outputs;
  const predictor = await (await import('../engine/predictor.js')).compilePredictor(features, batch, engine);
  try {
    await predictor.load(weights);
    const sums = new FeatureSums(train.classes, dimension);
    for (let at = 0; at < train.ids.length; at += CHUNK) {
      await breathe();
      if (stop()) return null;
      const ids = train.ids.subarray(at, at + CHUNK);
      const labels = Int32Array.from(ids, (id) => train.set.labels[id]);
      sums.add(await predictImages(predictor, train.set, ids, dimension), labels);
      onImages?.(ids.length);
    }
    const ofTest = async (ids: Int32Array) => {
      const found = await predictImages(predictor, test.set, ids, dimension);
      onImages?.(ids.length);
      return found;
    };
    return {
      ...sums.statistics(),
      heldOut: await ofTest(test.heldOut),
      ...(test.seen && { seenImages: await ofTest(test.seen) }),
    };
  } finally {
    await predictor.dispose();
  }
}

/** A trained network, and the settings to run it with. */
export interface FeatureSource {
  readonly network: Network;
  /** Images per batch. */
  readonly batch: number;
  readonly engine: OpenEngine;
  readonly weights: StateDict;
  /** Called with the number of images that have just passed through the whole network. */
  readonly onImages?: (count: number) => void;
}
