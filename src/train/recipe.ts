/**
 * Recipes (`--recipe`): the training target of each label, and the loss. A recipe maps the raw word vectors to
 * a target space; losses can be compared only within one space. Recipes estimate their statistics from the seen
 * classes alone, so that no held-out vector leaks into training.
 */

import type { LossKind } from '../engine/constants.js';
import { UsageError } from '../util/errors.js';
import { knownNames } from '../util/names.js';
import { ownAnswers } from './answers.js';
import { type Heads, headsOf } from './heads.js';
import { RAW_SPACE, type SpaceNumbers, toSpace, zeroRows } from './space.js';
import { meanOf, whitening, withoutTop } from './vector-statistics.js';

/** The target space of one fold's network. */
export interface TargetSpace {
  /** float32 [classes, dimension]: every label's target, held-out ones included (for evaluation). */
  readonly targets: Float32Array;
  readonly dimension: number;
  /** Classes whose raw vector is zero; they are treated as having no direction in every space. */
  readonly directionless: ReadonlySet<number>;
  /** mu: unweighted mean of the seen classes' targets, [dimension]. */
  readonly mean: Float32Array;
  /** The parameters of `transform`. */
  readonly numbers: SpaceNumbers;
  /** The heads of the network's outputs. */
  readonly heads: Heads;
  /** Maps other raw word vectors [n, dimension] to this space. */
  transform(vectors: Float32Array): Float32Array;
  /** Maps raw outputs [n, width] to points of this space, [n, dimension]; for a classifier, by ConSE. */
  answers(outputs: Float32Array): Float32Array;
}

interface Recipe {
  readonly about: string;
  readonly loss: LossKind;
  /** Fits the mean to subtract and the matrix to apply to raw vectors [classes, d]; `rows` are the seen classes. */
  readonly learn: (
    vectors: Float32Array,
    d: number,
    rows: readonly number[],
  ) => Pick<SpaceNumbers, 'mean' | 'matrix'>;
}

const centre = (vectors: Float32Array, d: number, rows: readonly number[]) =>
  Float32Array.from(meanOf(vectors, d, rows));

const RECIPES = {
  poster: {
    about: 'the raw vector, mean squared error',
    loss: 'mse',
    learn: () => RAW_SPACE,
  },
  centred: {
    about: "less the seen classes' mean, mean squared error",
    loss: 'mse',
    learn: (v, d, rows) => ({ mean: centre(v, d, rows), matrix: null }),
  },
  unit: {
    about: 'at unit length, 1 − cosine',
    loss: 'cosine',
    learn: () => RAW_SPACE,
  },
  abtt: {
    about:
      'all-but-the-top: less the mean and the d/100 strongest directions of the seen classes, mean squared error',
    loss: 'mse',
    learn: (v, d, rows) => ({ mean: centre(v, d, rows), matrix: withoutTop(v, d, rows) }),
  },
  whitened: {
    about: "whitened (ZCA) by the seen classes' shrunken covariance, mean squared error",
    loss: 'mse',
    learn: (v, d, rows) => ({ mean: centre(v, d, rows), matrix: whitening(v, d, rows) }),
  },
  softmax: {
    about:
      'less the mean, at unit length; cross-entropy over cosines to all seen labels, times a learned scale',
    loss: 'cosine-softmax',
    learn: (v, d, rows) => ({ mean: centre(v, d, rows), matrix: null }),
  },
  joint: {
    about:
      'the raw vector, mean squared error, and a second head: a tenth of the cross-entropy over all seen labels',
    loss: 'joint',
    learn: () => RAW_SPACE,
  },
} as const satisfies Record<string, Recipe>;

/** Default weight of the second head's loss in `joint`. */
export const LABEL_WEIGHT = 0.1;

export type RecipeName = keyof typeof RECIPES;

/** Names and descriptions of all recipes, for help texts. */
export const RECIPE_NAMES: readonly { readonly name: RecipeName; readonly about: string }[] = Object.entries(
  RECIPES,
).map(([name, { about }]) => ({ name: name as RecipeName, about }));

/** @throws UsageError for an unknown name. */
export function recipeName(name: string): RecipeName {
  if (Object.hasOwn(RECIPES, name)) return name as RecipeName;
  throw new UsageError(`unknown recipe "${name}"`, knownNames(name, Object.keys(RECIPES), 'recipes'));
}

/** The loss that belongs to a recipe. */
export function recipeLoss(name: RecipeName): LossKind {
  return RECIPES[name].loss;
}

/** Losses that ignore the length of outputs; for these, targets and outputs are compared at unit length. */
const OF_DIRECTIONS: ReadonlySet<LossKind> = new Set<LossKind>(['cosine', 'cosine-softmax', 'ranking']);

/**
 * The fold's target space.
 * @param vectors raw label vectors, float32 [classes, dimension]
 * @param heldOut class indices that the fold does not train on
 * @param loss the fold's training loss; default the recipe's
 */
export function targetSpace(
  name: RecipeName,
  vectors: Float32Array,
  dimension: number,
  heldOut: readonly number[],
  loss: LossKind = recipeLoss(name),
): TargetSpace {
  const seen = seenClasses(vectors.length / dimension, heldOut);
  const { mean, matrix } = RECIPES[name].learn(vectors, dimension, seen);
  const numbers: SpaceNumbers = { mean, matrix, unit: OF_DIRECTIONS.has(loss) };
  const transform = (raw: Float32Array) => toSpace(numbers, raw, dimension);
  const targets = transform(vectors);
  const heads = headsOf(loss, dimension, vectors.length / dimension);
  return {
    targets,
    dimension,
    directionless: new Set(zeroRows(vectors, dimension)),
    mean: Float32Array.from(meanOf(targets, dimension, seen)),
    numbers,
    heads,
    transform,
    answers: (outputs) => ownAnswers(outputs, { heads, unit: numbers.unit, seen, targets, dimension }),
  };
}

/** Indices of the classes that are not held out, ascending. */
export function seenClasses(classes: number, heldOut: readonly number[]): number[] {
  const out = new Set(heldOut);
  return Array.from({ length: classes }, (_, c) => c).filter((c) => !out.has(c));
}
