/** Which images a fold trains on, and what they are normalised with. */

import { channelStatistics, limitIndices, type Normalisation, trainingIndices } from '../data/index.js';
import { LexelError } from '../util/errors.js';
import type { FoldOptions } from './options.js';

export interface FoldImages {
  /** Indices into the training split. */
  readonly indices: Int32Array;
  /** Training images dropped because their pixels equal a held-out image's. */
  readonly droppedDuplicates: number;
  /** Of these images alone, so that nothing of a held-out class enters the network. */
  readonly normalisation: Normalisation;
}

/**
 * The fold's training images: none of a held-out class, no duplicates of held-out images, limited.
 * @throws LexelError when fewer than one batch are left
 */
export function foldImages(
  options: Pick<FoldOptions, 'dataset' | 'fold' | 'config' | 'seed' | 'images'>,
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
