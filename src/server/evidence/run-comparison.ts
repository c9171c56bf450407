/** The numbers of `lexel compare` for runs of the studio. */

import {
  comparedCells,
  comparisonMethods,
  differenceCells,
  isBest,
  rowName,
} from '../../report/comparison.js';
import { compareRuns } from '../../statistics/evidence/compare.js';
import type { RunComparison } from '../messages/compare.js';

/**
 * @param runs two or more; the others are compared with the first
 * @throws LexelError if they have nothing in common
 */
export function runComparison(runs: readonly { readonly id: string; readonly dir: string }[]): RunComparison {
  const found = compareRuns(runs.map(({ dir }) => dir));
  return {
    runs: found.runs.map(({ name, epochs, seeds }, r) => ({
      id: runs[r].id,
      name,
      epochs,
      seeds: [...seeds],
    })),
    folds: [...found.folds],
    labels: [...found.labels],
    rows: comparedCells(found).map((row) => ({
      measure: row.measure,
      label: rowName(row),
      chance: row.chanceText,
      values: row.texts.map((text, r) => ({ text, best: isBest(row, r) })),
      differences: row.differences.map((_, r) => differenceCells(row, r)),
    })),
    methods: comparisonMethods(found),
    notes: [...found.notes],
  };
}
