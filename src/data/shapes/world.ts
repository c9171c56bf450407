/**
 * The shapes world: a data set that is drawn instead of downloaded, and small enough to train on in a minute. A
 * class combines an attribute and a shape ("red_circle", "striped_square"), so both words of a held-out class can
 * occur in the names of seen classes.
 */
import { LexelError } from '../../util/errors.js';
import { deriveKey, Random } from '../../util/random.js';
import { allocateSet, makeDataset } from '../dataset.js';
import { checkSize } from '../resize.js';
import type { Dataset, ImageSet } from '../types.js';
import { drawImage } from './draw.js';
import { SHAPES, type ShapeClass, shapeClasses } from './vocabulary.js';

export interface ShapesOptions {
  /** Height and width, in pixels. Default 32. */
  readonly size?: number;
  /** Training images per class. Default 100. */
  readonly perClass?: number;
  /** Test images per class. Default 25. */
  readonly testPerClass?: number;
  /** Number of classes, 2 to 140; multiples of ten keep superclasses of equal size. Default 60. */
  readonly classes?: number;
  /** Default 0. */
  readonly seed?: number;
}

/**
 * Draws the shapes world. The superclasses are the shapes. Image i of a class does not depend on the number of images.
 *
 * @throws LexelError if a number is out of range.
 * @example
 * const world = shapesWorld({ perClass: 20 });
 * world.classes[0]; // "black_circle"
 */
export function shapesWorld(options: ShapesOptions = {}): Dataset {
  const { size = 32, perClass = 100, testPerClass = 25, classes: count = 60, seed = 0 } = options;
  checkSize(size);
  for (const [name, value] of Object.entries({ perClass, testPerClass })) {
    if (!Number.isInteger(value) || value < 1)
      throw new LexelError(`shapes: ${name} ${value} is not a positive number`);
  }
  const classes = shapeClasses(count);
  const superclasses = SHAPES.filter((shape) => classes.some((c) => c.shape === shape));
  return makeDataset({
    name: 'shapes',
    classes: classes.map((c) => c.label),
    superclasses,
    superclassOf: classes.map((c) => superclasses.indexOf(c.shape)),
    train: draw(classes, perClass, size, seed, 'train'),
    test: draw(classes, testPerClass, size, seed, 'test'),
  });
}

function draw(
  classes: readonly ShapeClass[],
  perClass: number,
  size: number,
  seed: number,
  split: string,
): ImageSet {
  const set = allocateSet(classes.length * perClass, size);
  const bytes = size * size * 3;
  const canvas = new Float32Array(bytes);
  const image = new Uint8Array(bytes);
  classes.forEach((subject, label) => {
    for (let i = 0; i < perClass; i++) {
      const at = label * perClass + i;
      const random = new Random(deriveKey(seed, 'shapes', split, subject.label, i));
      drawImage(subject, size, random, image, canvas);
      set.pixels.set(image, at * bytes);
      set.labels[at] = label;
    }
  });
  return set;
}
