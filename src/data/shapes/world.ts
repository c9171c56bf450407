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

/** A world whose options have been checked: what to draw. */
export interface WorldPlan extends Required<Omit<ShapesOptions, 'classes'>> {
  readonly classes: readonly ShapeClass[];
}

type Split = 'train' | 'test';

/**
 * Draws the shapes world. The superclasses are the shapes. Image i of a class does not depend on the number of images.
 *
 * @throws LexelError if a number is out of range.
 * @example
 * const world = shapesWorld({ perClass: 20 });
 * world.classes[0]; // "black_circle"
 */
export function shapesWorld(options: ShapesOptions = {}): Dataset {
  const plan = planWorld(options);
  return worldOf(plan, (split) => draw(plan, split));
}

/** @throws LexelError if a number is out of range */
export function planWorld(options: ShapesOptions): WorldPlan {
  const { size = 32, perClass = 100, testPerClass = 25, classes = 60, seed = 0 } = options;
  checkSize(size);
  for (const [name, value] of Object.entries({ perClass, testPerClass })) {
    if (!Number.isInteger(value) || value < 1)
      throw new LexelError(`shapes: ${name} ${value} is not a positive number`);
  }
  return { size, perClass, testPerClass, classes: shapeClasses(classes), seed };
}

/** @param imagesOf the images of a split, class by class */
export function worldOf({ classes }: WorldPlan, imagesOf: (split: Split) => ImageSet): Dataset {
  const superclasses = SHAPES.filter((shape) => classes.some((c) => c.shape === shape));
  return makeDataset({
    name: 'shapes',
    classes: classes.map((c) => c.label),
    superclasses,
    superclassOf: classes.map((c) => superclasses.indexOf(c.shape)),
    train: imagesOf('train'),
    test: imagesOf('test'),
  });
}

/** The images of a split without their content: black, and labelled class by class. */
export function blankSet({ classes, perClass, testPerClass, size }: WorldPlan, split: Split): ImageSet {
  const count = split === 'train' ? perClass : testPerClass;
  const set = allocateSet(classes.length * count, size);
  for (let at = 0; at < set.count; at++) set.labels[at] = Math.floor(at / count);
  return set;
}

function draw(plan: WorldPlan, split: Split): ImageSet {
  const set = blankSet(plan, split);
  const { classes, size, seed } = plan;
  const bytes = size * size * 3;
  const canvas = new Float32Array(bytes);
  const image = new Uint8Array(bytes);
  const perClass = set.count / classes.length;
  for (let at = 0; at < set.count; at++) {
    const subject = classes[set.labels[at]];
    const random = new Random(deriveKey(seed, 'shapes', split, subject.label, at % perClass));
    drawImage(subject, size, random, image, canvas);
    set.pixels.set(image, at * bytes);
  }
  return set;
}
