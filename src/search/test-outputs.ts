/** What a model's network gives for test images. */

import type { Dataset } from '../data/index.js';
import { type BackendChoice, createPredictor } from '../engine/index.js';
import type { Network } from '../nn/index.js';
import type { Model } from '../train/index.js';
import { predictImages } from '../train/predict.js';

const BATCH = 100;

/**
 * Outputs of a network with a model's weights, float32 [ids, outputs of the network].
 * @param network the model's own, or a part of it
 */
export async function testOutputs(
  network: Network,
  { mean, std, weights }: Model,
  { test }: Dataset,
  ids: Int32Array,
  backend: BackendChoice | undefined,
): Promise<Float32Array> {
  const predictor = await createPredictor(network, BATCH, { backend, mean, std });
  try {
    await predictor.load(weights);
    return await predictImages(predictor, test, ids, network.outputs);
  } finally {
    await predictor.dispose();
  }
}
