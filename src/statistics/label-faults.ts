/** Labels of a run whose vectors have faults. */

import { type TargetFaults, targetFaults } from '../crossval/target-faults.js';
import type { RunData } from './load.js';

/** Problems with the run's label vectors, and how many labels of a list have a direction. */
export function labelFaults({ run: { run, targets } }: RunData): {
  faults: TargetFaults;
  directed: (classes: Iterable<number>) => number;
} {
  const faults = targetFaults(run.recipe, run.config.loss, targets, run.words.dimension);
  const zero = new Set(faults.zero);
  const directed = (classes: Iterable<number>) => [...classes].filter((c) => !zero.has(c)).length;
  return { faults, directed };
}
