/** Removes classes from a data set (`--on-missing skip` removes labels without a vector). */

import type { Dataset, ImageSet } from '../data/index.js';

/**
 * Copies the images of some classes and renumbers the classes without gaps. The hashes stay those of the whole
 * set, because they identify the files; mean and standard deviation stay those of the whole set too.
 */
export function keepClasses(dataset: Dataset, keep: readonly number[]): Dataset {
  if (keep.length === dataset.classes.length) return dataset;
  const newIndex = new Map(keep.map((old, index) => [old, index]));
  return {
    name: dataset.name,
    classes: keep.map((c) => dataset.classes[c]),
    superclasses: dataset.superclasses,
    superclassOf: dataset.superclassOf.length > 0 ? keep.map((c) => dataset.superclassOf[c]) : [],
    train: keepImages(dataset.train, newIndex),
    test: keepImages(dataset.test, newIndex),
    mean: dataset.mean,
    std: dataset.std,
    hash: dataset.hash,
    orderedHash: dataset.orderedHash,
  };
}

function keepImages(set: ImageSet, newIndex: ReadonlyMap<number, number>): ImageSet {
  const bytes = set.size * set.size * 3;
  let count = 0;
  for (let i = 0; i < set.count; i++) if (newIndex.has(set.labels[i])) count++;
  const pixels = new Uint8Array(new SharedArrayBuffer(count * bytes));
  const labels = new Uint16Array(new SharedArrayBuffer(count * 2));
  let at = 0;
  for (let i = 0; i < set.count; i++) {
    const label = newIndex.get(set.labels[i]);
    if (label === undefined) continue;
    pixels.set(set.pixels.subarray(i * bytes, (i + 1) * bytes), at * bytes);
    labels[at++] = label;
  }
  return { pixels, labels, count, size: set.size };
}
