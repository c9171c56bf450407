/** The held-out classes' measures after an epoch, as the fold's record keeps them (DESIGN, "Definitions"). */

import {
  classMetrics,
  type ClassMetrics as Measures,
  meanOfNumbers,
  prepareCandidates,
} from '../util/metrics.js';
import type { TargetSpace } from './recipe.js';

/** Averages over a fold's held-out classes; NaN (null in JSON) where none has the measure. Candidates: all labels with a direction. */
export type HeldOutMetrics = Measures;

/** One held-out class's measures; `class` is its index. */
export interface ClassMetrics extends Measures {
  readonly class: number;
}

const NAMES = ['loss', 'skill', 'cosine', 'rank', 'hit1', 'hit5', 'hit10'] as const;

/**
 * Measures outputs against the true words, per class and averaged over classes.
 * @param outputs float32 [labels, dimension], in the recipe's space
 * @param labels class index of each output
 * @param onNaN makes the error to throw when an output is not finite
 */
export function evaluateHeldOut(
  outputs: Float32Array,
  labels: Int32Array,
  space: TargetSpace,
  heldOut: readonly number[],
  onNaN: () => Error,
): { heldOut: HeldOutMetrics; classes: ClassMetrics[] } {
  if (outputs.some((x) => !Number.isFinite(x))) throw onNaN();
  const { targets, dimension: d, mean, directionless } = space;
  const candidates = prepareCandidates(targets, mean, 'cosine', directionless);
  const classes: ClassMetrics[] = [];
  for (const c of heldOut) {
    const own = rowsOfClass(outputs, labels, c, d);
    if (own.length === 0) continue;
    const target = targets.subarray(c * d, (c + 1) * d);
    classes.push({ class: c, ...classMetrics(own, target, c, candidates) });
  }
  const average = (name: (typeof NAMES)[number]) => meanOfNumbers(classes.map((metrics) => metrics[name]));
  return { heldOut: Object.fromEntries(NAMES.map((n) => [n, average(n)])) as unknown as Measures, classes };
}

function rowsOfClass(outputs: Float32Array, labels: Int32Array, wanted: number, d: number): Float32Array {
  const rows: number[] = [];
  for (let i = 0; i < labels.length; i++) if (labels[i] === wanted) rows.push(i);
  const own = new Float32Array(rows.length * d);
  rows.forEach((row, i) => {
    own.set(outputs.subarray(row * d, (row + 1) * d), i * d);
  });
  return own;
}
