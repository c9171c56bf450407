/**
 * Checks for label vectors that invalidate results. If two labels have the same vector (`Cat` and `cat`,
 * `maple_tree` and `tree-maple`, two aliases of one word), a fold that holds out one and trains on the other is
 * trained on the held-out target. A zero vector has no direction, so cosines with it are undefined.
 */

import type { Dataset } from '../data/types.js';
import type { LossKind } from '../engine/constants.js';
import type { Fold } from '../train/options.js';
import { recipeName, targetSpace } from '../train/recipe.js';
import { zeroRows } from '../train/space.js';
import { LexelError } from '../util/errors.js';
import { shellWord } from '../util/shell.js';

/** Faulty label vectors, as class indices. */
export interface TargetFaults {
  /** Groups of two or more classes with the same target. */
  readonly equal: readonly (readonly number[])[];
  readonly zero: readonly number[];
}

/**
 * Finds both faults. Vectors are compared before and after the recipe's transform, because at unit length
 * vectors with the same direction are the same target.
 * @param vectors float32 [classes, dimension], as in targets.npy
 */
export function targetFaults(
  recipe: string,
  loss: LossKind,
  vectors: Float32Array,
  dimension: number,
): TargetFaults {
  const { targets } = targetSpace(recipeName(recipe), vectors, dimension, [], loss);
  const agreements = [vectors, targets].map((matrix) => agreement(matrix, dimension));
  const groups: number[][] = [];
  for (let c = 0; c < vectors.length / dimension; c++) {
    const group = groups.find(([first]) => agreements.some((agree) => agree(first, c)));
    if (group) group.push(c);
    else groups.push([c]);
  }
  return { equal: groups.filter((group) => group.length > 1), zero: zeroRows(vectors, dimension) };
}

/** Tolerance for rounding from the summation order of a label's words, relative to the row's largest value. */
const ROUNDING = 1e-5;

/** Returns a function that tests whether two rows of `matrix` [n, d] are equal except for rounding. */
function agreement(matrix: Float32Array, d: number): (a: number, b: number) => boolean {
  const slack = Float64Array.from({ length: matrix.length / d }, (_, row) =>
    matrix.subarray(row * d, (row + 1) * d).reduce((most, x) => Math.max(most, ROUNDING * Math.abs(x)), 0),
  );
  return (a, b) => {
    for (let j = 0; j < d; j++) if (Math.abs(matrix[a * d + j] - matrix[b * d + j]) > slack[a]) return false;
    return true;
  };
}

/** Folds that hold out one class of an equal group and train on another. */
export function taughtFolds(
  { equal }: TargetFaults,
  folds: readonly Fold[],
): { fold: Fold; group: readonly number[] }[] {
  return folds.flatMap((fold) => {
    const out = new Set(fold.heldOut);
    const group = equal.find(
      (classes) => classes.some((c) => out.has(c)) && classes.some((c) => !out.has(c)),
    );
    return group ? [{ fold, group }] : [];
  });
}

/**
 * @param own faults of the labels' original vectors, if a control has reassigned them; the hint refers to these
 * @throws LexelError naming the first fold that would train on the target that it holds out
 */
export function checkTargets(
  faults: TargetFaults,
  folds: readonly Fold[],
  classes: readonly string[],
  own: TargetFaults = faults,
): void {
  const [taught, ...others] = taughtFolds(faults, folds);
  if (!taught) return;
  const { fold, group } = taught;
  const name = (heldOut: boolean) => classes[group.find((c) => fold.heldOut.includes(c) === heldOut)!];
  const more =
    others.length > 0 ? ` (${others.length} more fold${others.length === 1 ? '' : 's'} likewise)` : '';
  const whose = own.equal.includes(group) ? group : own.equal[0];
  const words = whose?.map((c) => `"${classes[c]}"`).join(' and ');
  const given = whose === group ? '' : ` (the control gave them the vectors of ${words})`;
  const cure = whose
    ? `--alias ${shellWord(`${classes[whose[1]]}=<word>`)} gives one of ${words} another word, or make them one class; `
    : '';
  throw new LexelError(
    `fold ${fold.id} holds out "${name(true)}" and trains on "${name(false)}", which has the same vector${given}${more}: ` +
      'it would train on a held-out target',
    `${cure}--allow-equal-targets trains anyway, and the report warns of it`,
  );
}

/** Warnings about both faults, for the terminal and the report; empty if there are none. */
export function targetWarnings(
  faults: TargetFaults,
  { folds, dataset }: { readonly folds: readonly Fold[]; readonly dataset: Pick<Dataset, 'classes'> },
): string[] {
  const { classes } = dataset;
  const warnings: string[] = [];
  const { equal, zero } = faults;
  if (equal.length > 0) {
    const groups = equal.map((group) => group.map((c) => classes[c]).join(' = ')).join(', ');
    const taught = taughtFolds(faults, folds);
    const consequence =
      taught.length > 0
        ? ` ${taught.length} of ${folds.length} folds hold one of them out and train on another: these folds train on a held-out ` +
          'target, so the results of these classes do not show transfer.'
        : ' No fold holds one of them out and trains on another.';
    warnings.push(`Labels that share one vector: ${groups}.${consequence}`);
  }
  if (zero.length > 0) {
    const names = zero.map((c) => classes[c]).join(', ');
    warnings.push(
      `${zero.length === 1 ? 'A label has' : `${zero.length} labels have`} a zero vector, which has no direction: ${names}. ` +
        'Such a label has no rank, hit or centred cosine, and it is not a candidate for other labels.',
    );
  }
  return warnings;
}
