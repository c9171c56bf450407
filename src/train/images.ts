/** A fold's training images, those set apart for validation, and their normalisation. */

import { trainingIndices } from '../data/duplicates.js';
import { channelStatistics, type Normalisation } from '../data/image-statistics.js';
import { limitIndices } from '../data/order.js';
import { splitValidation } from '../data/validation.js';
import { LexelError } from '../util/errors.js';
import { deriveKey } from '../util/random.js';
import type { FoldTraining } from './options.js';
import { seenClasses } from './recipe.js';

export interface FoldIndices {
  /** Indices into the training split. */
  readonly indices: Int32Array;
  /** Training images dropped because their pixels equal a held-out image's. */
  readonly droppedDuplicates: number;
  /**
   * The images set apart for validation, and the number of training images dropped because their pixels equal one of
   * them; null without validation.
   */
  readonly validation: { readonly indices: Int32Array; readonly droppedDuplicates: number } | null;
}

export interface FoldImages extends FoldIndices {
  /** Computed from the images trained on alone, so that no held-out and no validation image affects training. */
  readonly normalisation: Normalisation;
}

type ImageOptions = Pick<FoldTraining, 'dataset' | 'fold' | 'seed' | 'images'> & {
  readonly config: Pick<FoldTraining['config'], 'limit' | 'validationShare'>;
};

/**
 * The fold's training images: without held-out classes and duplicates of held-out images, limited by `--limit`, and
 * without the validation images, which are drawn from the rest.
 * @throws LexelError if fewer images than one batch are left, or a class has too few for validation
 */
export function foldImages(options: ImageOptions & Pick<FoldTraining, 'config'>): FoldImages {
  const { dataset, fold, config } = options;
  const found = foldIndices(options);
  const { indices, validation } = found;
  if (indices.length < config.batch) {
    const apart = validation ? `, without ${validation.indices.length} for validation,` : '';
    throw new LexelError(
      `fold ${fold.id}: ${indices.length} training images${apart} are fewer than one batch of ${config.batch}`,
      'give a smaller --batch, a larger --limit, or more images',
    );
  }
  return { ...found, normalisation: channelStatistics(dataset.train, indices) };
}

/** The indices of {@link foldImages}, of which there may be fewer than one batch. */
function foldIndices({ dataset, fold, config, seed, images }: ImageOptions): FoldIndices {
  const { indices: all, droppedDuplicates } = images ?? trainingIndices(dataset, fold.heldOut);
  const { limit, validationShare: share } = config;
  const indices = limit === null ? all : limitIndices(all, dataset.train.labels, limit, seed, fold.id);
  if (share === undefined) return { indices, droppedDuplicates, validation: null };
  const seen = seenClasses(dataset.classes.length, fold.heldOut);
  const split = splitValidation(dataset, indices, seen, share, deriveKey(seed, 'validation', fold.id));
  return {
    indices: split.train,
    droppedDuplicates,
    validation: { indices: split.validation, droppedDuplicates: split.droppedDuplicates },
  };
}

/**
 * Numbers of images that a fold trains on and validates on.
 * @throws LexelError if no training image is left, or a class has too few for validation
 */
export function countFoldImages(options: ImageOptions): { train: number; validation: number } {
  const { dataset, fold, config, images } = options;
  if (config.validationShare !== undefined) {
    const { indices, validation } = foldIndices(options);
    return { train: indices.length, validation: validation!.indices.length };
  }
  const { length } = (images ?? trainingIndices(dataset, fold.heldOut)).indices;
  return { train: Math.min(length, config.limit ?? length), validation: 0 }; // nothing needs to be drawn
}
