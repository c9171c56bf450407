/** A fold's training images and their normalisation. */

import { trainingIndices } from '../data/duplicates.js';
import { channelStatistics, type Normalisation } from '../data/image-statistics.js';
import { limitIndices } from '../data/order.js';
import { LexelError } from '../util/errors.js';
import type { FoldTraining } from './options.js';

export interface FoldImages {
  /** Indices into the training split. */
  readonly indices: Int32Array;
  /** Training images dropped because their pixels equal a held-out image's. */
  readonly droppedDuplicates: number;
  /** Computed from these images alone, so that no held-out image affects training. */
  readonly normalisation: Normalisation;
}

/**
 * The fold's training images: without held-out classes and duplicates of held-out images, and limited by `--limit`.
 * @throws LexelError if fewer images than one batch are left
 */
export function foldImages(
  options: Pick<FoldTraining, 'dataset' | 'fold' | 'config' | 'seed' | 'images'>,
): FoldImages {
  const { dataset, fold, config, seed, images } = options;
  const { indices, droppedDuplicates } = images ?? trainingIndices(dataset, fold.heldOut);
  const limited =
    config.limit === null
      ? indices
      : limitIndices(indices, dataset.train.labels, config.limit, seed, fold.id);
  if (limited.length < config.batch) {
    throw new LexelError(
      `fold ${fold.id}: ${limited.length} training images are fewer than one batch of ${config.batch}`,
      'give a smaller --batch, a larger --limit, or more images',
    );
  }
  return { indices: limited, droppedDuplicates, normalisation: channelStatistics(dataset.train, limited) };
}
