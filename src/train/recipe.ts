/**
 * Recipes (`--recipe`): what the network is asked to answer for a label, and by which loss. A recipe turns the raw
 * word vectors into a target space; losses compare only within one space. Only the poster's recipe exists so far:
 * others (centred, unit length, ...) join {@link RECIPES} and compute whatever they need from the seen classes
 * alone, so that nothing of a held-out vector leaks into training.
 */

import type { LossKind } from '../engine/index.js';
import { UsageError } from '../util/errors.js';

/** The space that one fold's network answers in. */
export interface TargetSpace {
  /** float32 [classes, dimension]: every label's target, held-out ones included (for evaluation). */
  readonly targets: Float32Array;
  readonly dimension: number;
  /** mu: unweighted mean of the seen classes' targets, [dimension]. */
  readonly mean: Float32Array;
}

export type RecipeName = 'poster';

interface Recipe {
  readonly loss: LossKind;
  /** From raw vectors [classes, dimension] and the seen classes' indices to targets of the same shape. */
  readonly transform: (vectors: Float32Array, dimension: number, seen: readonly number[]) => Float32Array;
}

const RECIPES: Readonly<Record<RecipeName, Recipe>> = {
  /** The poster's: the raw vector, mean squared error. */
  poster: { loss: 'mse', transform: (vectors) => vectors },
};

/** @throws UsageError for an unknown name. */
export function recipeName(name: string): RecipeName {
  if (Object.hasOwn(RECIPES, name)) return name as RecipeName;
  throw new UsageError(`unknown recipe "${name}"`, `known recipes: ${Object.keys(RECIPES).join(', ')}`);
}

/** The loss that belongs to a recipe. */
export function recipeLoss(name: RecipeName): LossKind {
  return RECIPES[name].loss;
}

/**
 * The fold's target space.
 * @param vectors raw label vectors, float32 [classes, dimension]
 * @param heldOut class indices that the fold does not train on
 */
export function targetSpace(
  name: RecipeName,
  vectors: Float32Array,
  dimension: number,
  heldOut: readonly number[],
): TargetSpace {
  const out = new Set(heldOut);
  const classes = vectors.length / dimension;
  const seen = Array.from({ length: classes }, (_, c) => c).filter((c) => !out.has(c));
  const targets = RECIPES[name].transform(vectors, dimension, seen);
  const sum = new Float64Array(dimension);
  for (const c of seen) for (let j = 0; j < dimension; j++) sum[j] += targets[c * dimension + j];
  return { targets, dimension, mean: Float32Array.from(sum, (s) => s / Math.max(1, seen.length)) };
}
