/** Chooses a smaller batch if a fold has fewer images than one batch of the preset. */

import type { Dataset } from '../data/types.js';
import type { TrainConfig } from '../train/config.js';
import { countFoldImages } from '../train/images.js';
import type { Fold } from '../train/options.js';
import { LexelError, UsageError } from '../util/errors.js';

/** The batch size used instead of the preset's, and the reason. */
export interface SmallerBatch {
  readonly batch: number;
  readonly preset: number;
  /** Training images of the smallest fold. */
  readonly images: number;
  readonly fold: string;
}

/**
 * Checks that every fold has at least one batch of images. If not, a batch size chosen by the user is an error,
 * and the preset's is replaced by the largest power of two that gives at least four steps per epoch, but at
 * least 2.
 *
 * @param folds all folds of the protocol, not only those of this call, so that every shard uses the same batch
 *   size. Folds without images are skipped; they fail later.
 * @param chosen whether the user gave the batch size
 * @returns null if the batch size fits
 * @throws UsageError if the user's batch size is too large; LexelError if no fold has training images
 */
export function smallerBatch(
  dataset: Dataset,
  folds: readonly Fold[],
  config: Pick<TrainConfig, 'batch' | 'limit' | 'validationShare'>,
  seed: number,
  chosen: boolean,
): SmallerBatch | null {
  const { batch } = config;
  let fewest: { fold: string; images: number } | undefined;
  let problem: LexelError | undefined;
  for (const fold of folds) {
    try {
      const { train: images } = countFoldImages({ dataset, fold, config, seed });
      if (!fewest || images < fewest.images) fewest = { fold: fold.id, images };
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
      `give --batch ${images} or less, or omit --batch`,
    );
  }
  const smaller = Math.min(images, Math.max(2, 2 ** Math.floor(Math.log2(images / 4))));
  return { batch: smaller, preset: batch, images, fold };
}
