/**
 * Features: the input of a network's last linear layer. A fold keeps the class means of its training images' features
 * and the features of its test images, so that other readings of the network (ridge regression, ESZSL) can be computed
 * without training again.
 */

import { setImmediate as breathe } from 'node:timers/promises';
import type { ImageSet } from '../data/index.js';
import { createPredictor, type EngineOptions, type Predictor, type StateDict } from '../engine/index.js';
import { type Network, trace } from '../nn/index.js';
import { LexelError } from '../util/errors.js';
import { CHUNK, ClassSums, predictImages } from './predict.js';

/** What a finished fold keeps of its network's features at the end of training; f is their number. */
export interface KeptFeatures {
  /** f. */
  readonly dimension: number;
  /** Class means over the images that the fold trained on, without augmentation: float32 [seen classes, f]. */
  readonly trainMeans: Float32Array;
  /** How many images each mean is of, int32 [seen classes]. */
  readonly trainCounts: Int32Array;
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

/** A network that answers with its features, with `weights` loaded. */
export async function featurePredictor(
  network: Network,
  batch: number,
  engine: EngineOptions,
  weights: StateDict,
): Promise<{ predictor: Predictor; dimension: number }> {
  const features = featureNetwork(network);
  const predictor = await createPredictor(features, batch, engine);
  predictor.load(weights);
  return { predictor, dimension: features.outputs };
}

/**
 * Class means of the features of some images, float32 [classes, dimension], and how many images each is of.
 * @param stop asked between chunks of images
 * @returns null when it was told to stop
 */
export async function meanFeatures(
  { predictor, dimension }: { predictor: Predictor; dimension: number },
  set: ImageSet,
  ids: Int32Array,
  classes: readonly number[],
  stop: () => boolean,
): Promise<{ means: Float32Array; counts: Int32Array } | null> {
  const sums = new ClassSums(classes, dimension);
  for (let at = 0; at < ids.length; at += CHUNK) {
    await breathe();
    if (stop()) return null;
    const chunk = ids.subarray(at, at + CHUNK);
    sums.add(
      predictImages(predictor, set, chunk, dimension),
      Int32Array.from(chunk, (id) => set.labels[id]),
    );
  }
  return { means: sums.means(), counts: sums.counts };
}
