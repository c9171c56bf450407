/** A data set of images in memory, such as a visitor's own. */

import { allocateSet, makeDataset } from '../data/dataset.js';
import { fitImage } from '../data/fit-image.js';
import type { RawImage } from '../data/raw-image.js';
import type { Dataset, ImageSet } from '../data/types.js';
import { LexelError } from '../util/errors.js';

export interface ImageClass {
  readonly label: string;
  readonly images: readonly RawImage[];
  /** Default: every fifth of `images`, which are then not trained on. */
  readonly test?: readonly RawImage[];
}

export interface ImageDatasetOptions {
  /** Name of the data set, which models record. */
  readonly name: string;
  /** Height and width that all images are scaled to, in pixels. Default 32. */
  readonly size?: number;
  readonly classes: readonly ImageClass[];
}

/** One of so many images is set apart for tests. */
const TEST_SHARE = 5;

/**
 * Scales the images of all classes to one size, and sets test images apart.
 * @throws LexelError if a class has fewer than two images, or no test images, or if pixels do not match their shape;
 *   FormatError if two classes have the same name
 */
export function imageDataset({ name, size = 32, classes }: ImageDatasetOptions): Dataset {
  const split = classes.map(({ label, images, test }) => {
    const tests =
      test ??
      images.filter(
        (_, i) =>
          i % TEST_SHARE === TEST_SHARE - 1 || (images.length < TEST_SHARE && i === images.length - 1),
      );
    const trains = test ? images : images.filter((image) => !tests.includes(image));
    if (trains.length === 0 || tests.length === 0)
      throw new LexelError(
        `${name}: class "${label}" has ${trains.length} images to train on and ${tests.length} to test with`,
        'Give each class at least two images.',
      );
    return { label, trains, tests };
  });
  return makeDataset({
    name,
    classes: split.map(({ label }) => label),
    train: imageSet(
      split.map(({ trains }) => trains),
      size,
      name,
    ),
    test: imageSet(
      split.map(({ tests }) => tests),
      size,
      name,
    ),
  });
}

function imageSet(images: readonly (readonly RawImage[])[], size: number, name: string): ImageSet {
  const set = allocateSet(
    images.reduce((sum, { length }) => sum + length, 0),
    size,
  );
  let at = 0;
  for (const [label, own] of images.entries()) {
    for (const image of own) {
      set.pixels.set(fitImage(image, size, `${name}, image ${at + 1}`), at * size * size * 3);
      set.labels[at++] = label;
    }
  }
  return set;
}
