/** Measures of classes after an epoch, for the fold's log (docs/DEFINITIONS.md). */

import {
  classMetrics,
  type ClassMetrics as Measures,
  meanOfNumbers,
  prepareCandidates,
} from '../util/metrics.js';
import { pickRows } from '../util/pick-rows.js';
import { type ClassMetrics, type HeldOutMetrics, metricsSchema } from './events.js';
import type { TargetSpace } from './recipe.js';

const NAMES = Object.keys(metricsSchema.shape) as (keyof HeldOutMetrics)[];

/**
 * Compares outputs with the true words, per class and averaged over classes.
 * @param outputs float32 [labels, dimension], in the recipe's space
 * @param labels class index of each output
 * @param wanted the classes to measure; those without outputs are left out
 * @param onNaN returns the error to throw if an output is not finite
 */
export function evaluateClasses(
  outputs: Float32Array,
  labels: Int32Array,
  space: TargetSpace,
  wanted: readonly number[],
  onNaN: () => Error,
): { average: HeldOutMetrics; classes: ClassMetrics[] } {
  if (outputs.some((x) => !Number.isFinite(x))) throw onNaN();
  const { targets, dimension: d, mean, directionless } = space;
  const candidates = prepareCandidates(targets, mean, 'cosine', directionless);
  const classes: ClassMetrics[] = [];
  for (const c of wanted) {
    const own = rowsOfClass(outputs, labels, c, d);
    if (own.length === 0) continue;
    const target = targets.subarray(c * d, (c + 1) * d);
    const found = classMetrics(own, target, c, candidates);
    classes.push({ class: c, ...recorded((name) => found[name]) });
  }
  const average = (name: keyof Measures) => meanOfNumbers(classes.map((own) => own[name] ?? Number.NaN));
  return { average: recorded(average), classes };
}

/** Converts measures to the form of the log: NaN becomes null. */
function recorded(of: (name: keyof Measures) => number): HeldOutMetrics {
  const values = NAMES.map((name) => [name, Number.isNaN(of(name)) ? null : of(name)]);
  return Object.fromEntries(values) as HeldOutMetrics;
}

function rowsOfClass(outputs: Float32Array, labels: Int32Array, wanted: number, d: number): Float32Array {
  const rows: number[] = [];
  for (let i = 0; i < labels.length; i++) if (labels[i] === wanted) rows.push(i);
  return pickRows(outputs, d, rows);
}
