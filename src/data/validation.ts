/** Sets part of a fold's training images apart for validation. */

import { LexelError } from '../util/errors.js';
import { type Key, Random } from '../util/random.js';
import { findDuplicates } from './duplicates.js';
import { byClass } from './order.js';
import type { Dataset } from './types.js';

export interface ValidationSplit {
  /** The images to train on, ascending. */
  readonly train: Int32Array;
  /** The images to validate on, ascending. */
  readonly validation: Int32Array;
  /** Training images dropped because their pixels equal a validation image's. */
  readonly droppedDuplicates: number;
}

/**
 * Draws a share of each class's images, at least one image. Images with the same pixels as a drawn one, whatever their
 * label, are in neither part.
 * @param indices training images, ascending
 * @param classes the classes that must have validation images
 * @param share above 0, up to 0.5
 * @throws LexelError naming a class with fewer than two images
 */
export function splitValidation(
  dataset: Dataset,
  indices: Int32Array,
  classes: readonly number[],
  share: number,
  key: Key,
): ValidationSplit {
  const { labels } = dataset.train;
  const positions = byClass(indices, labels);
  const counts = new Map(positions.map((own) => [labels[indices[own[0]]], own.length]));
  const poor = classes.find((c) => (counts.get(c) ?? 0) < 2);
  if (poor !== undefined) {
    const count = counts.get(poor) ?? 0;
    throw new LexelError(
      `class "${dataset.classes[poor]}" has ${count === 0 ? 'no training images' : 'only 1 training image'}, but needs ` +
        'at least 2 to set one apart for validation',
      'add images of the class, give a larger --limit, or train without validation (--patience, --keep-best, --validation-share)',
    );
  }
  const random = new Random(key);
  const drawn = new Set<number>();
  for (const own of positions) {
    random.shuffle(own);
    const count = Math.max(1, Math.round(share * own.length));
    for (const position of own.subarray(0, count)) drawn.add(indices[position]);
  }
  const copies = new Set<number>();
  for (const group of findDuplicates(dataset)) {
    const train = group.filter(({ split }) => split === 'train').map(({ index }) => index);
    if (train.some((index) => drawn.has(index))) for (const index of train) copies.add(index);
  }
  const kept = indices.filter((index) => !drawn.has(index));
  const train = kept.filter((index) => !copies.has(index));
  return {
    train,
    validation: indices.filter((index) => drawn.has(index)),
    droppedDuplicates: kept.length - train.length,
  };
}
