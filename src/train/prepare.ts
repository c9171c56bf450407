/** What a fold's training needs before its first step: images, targets, settings of the engine, initial weights. */

import type { MachineSettings, StateDict, TrainingOptions } from '../engine/types.js';
import { initialise } from '../nn/initialise.js';
import { deriveKey } from '../util/random.js';
import { trainingOptions } from './config.js';
import { controlOf } from './control.js';
import { type FoldImages, foldImages } from './images.js';
import { type LossTarget, lossTargetOf } from './loss-target.js';
import type { FoldTraining } from './options.js';
import { type TargetSpace, targetSpace } from './recipe.js';

/** What a fold trains towards. */
export interface FoldTargets {
  readonly space: TargetSpace;
  readonly lossTarget: LossTarget;
  /** Options that the engine compiles the training step with. */
  readonly training: TrainingOptions;
}

export function foldTargets(options: FoldTraining): FoldTargets {
  const { dataset, fold, config, vectors } = options;
  const dimension = vectors.length / dataset.classes.length;
  const space = targetSpace(options.recipe, vectors, dimension, fold.heldOut, config.loss);
  const lossTarget = lossTargetOf(config, space, fold.heldOut);
  const { labels, heads } = lossTarget;
  const { trainable } = controlOf(options.control);
  return { space, lossTarget, training: { ...trainingOptions(config), labels, heads, trainable } };
}

export interface PreparedFold extends FoldTargets {
  readonly images: FoldImages;
  readonly stepsPerEpoch: number;
  readonly engine: MachineSettings;
}

/** @throws LexelError if there are fewer images than one batch */
export function prepareFold(options: FoldTraining): PreparedFold {
  const images = foldImages(options);
  return {
    ...foldTargets(options),
    images,
    stepsPerEpoch: Math.floor(images.indices.length / options.config.batch),
    engine: { threads: options.threads, ...images.normalisation },
  };
}

/** The fold's initial weights; each fold has its own. */
export function initialWeights({ network, seed, fold, config }: FoldTraining): StateDict {
  const [low, high] = deriveKey(seed, 'init', fold.id);
  return initialise(network, low + (high & 0x1fffff) * 2 ** 32, config.init); // a seed of 53 bits
}

/** Batch size of evaluation. Kept small, because its activations stay allocated for the whole fold. */
const EVALUATION_BATCH = 16;

export const predictorBatch = ({ batch }: { readonly batch: number }): number =>
  Math.min(batch, EVALUATION_BATCH);
