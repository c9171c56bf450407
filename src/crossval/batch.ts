/** Images a step, where a fold may have fewer images than one batch of the preset. */

import { type Dataset, trainingIndices } from '../data/index.js';
import type { Fold, TrainConfig } from '../train/index.js';
import { LexelError, UsageError } from '../util/errors.js';

/** The batch that took the preset's place, and why. */
export interface SmallerBatch {
  readonly batch: number;
  readonly preset: number;
  /** Training images of the fold that has the fewest. */
  readonly images: number;
  readonly fold: string;
}

/**
 * Whether every fold has at least one batch of images. Where some fold has fewer, a batch that the user chose is an
 * error, and the preset's gives way to a smaller one: the largest power of two that leaves about four steps an epoch.
 *
 * @param folds all folds of the protocol, not only those of this call, so that every shard comes to the same batch. One
 *   that has no image at all is passed over, since it fails by itself.
 * @param chosen whether the user named the batch
 * @returns null when the batch fits as it is
 * @throws UsageError for a batch of the user's that is too large; LexelError when no fold has an image to train on
 */
export function smallerBatch(
  dataset: Dataset,
  folds: readonly Fold[],
  { batch, limit }: Pick<TrainConfig, 'batch' | 'limit'>,
  chosen: boolean,
): SmallerBatch | null {
  let fewest: { fold: string; images: number } | undefined;
  let problem: LexelError | undefined;
  for (const { id, heldOut } of folds) {
    try {
      const available = trainingIndices(dataset, heldOut).indices.length;
      const images = Math.min(available, limit ?? available);
      if (!fewest || images < fewest.images) fewest = { fold: id, images };
    } catch (error) {
      if (!(error instanceof LexelError)) throw error;
      problem ??= error;
    }
  }
  if (!fewest) throw problem;
  const { images, fold } = fewest;
  if (images >= batch) return null;
  if (chosen) {
    throw new UsageError(
      `--batch ${batch}: fold ${fold} has only ${images} training images`,
      `give --batch ${images} or less, or leave --batch out`,
    );
  }
  const smaller = Math.min(images, Math.max(2, 2 ** Math.floor(Math.log2(images / 4))));
  return { batch: smaller, preset: batch, images, fold };
}
