/** How much work a fold is, for the forecast of a run and for its progress. */

import type { Experiment } from './experiment.js';

/** An image costs this share of a training step's time to evaluate: a forward pass, without backward pass. */
export const EVALUATION = 1 / 3;

/** Numbers of images. */
export interface FoldWork {
  /** Training images of an epoch, in whole batches. */
  readonly epoch: number;
  /** Evaluated before the first and after each epoch: the held-out test images, and the validation images. */
  readonly between: number;
  /** Evaluated after the last epoch: test images, and training images for their features. */
  readonly last: number;
}

/**
 * The work of a fold. All classes are taken to have the same number of test images.
 * @param images numbers of images that it trains on and validates on
 */
export function foldWork(
  { dataset, config }: Pick<Experiment, 'dataset' | 'config'>,
  heldOut: readonly number[],
  { train, validation }: { readonly train: number; readonly validation: number },
): FoldWork {
  const testImages = dataset.test.count;
  return {
    epoch: Math.floor(train / config.batch) * config.batch,
    between: (testImages * heldOut.length) / dataset.classes.length + validation,
    // The outputs and the features of test images, and the features of training images.
    last: 2 * testImages + train,
  };
}
