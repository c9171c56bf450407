/** The held-out classes of a run with their numbers and their words' nearest seen labels. */

import { AMONG } from '../../report/units.js';
import type { ClassResult } from '../../statistics/class-result.js';
import { byCloseness } from '../../statistics/evidence/nearest-seen.js';
import type { RunData } from '../../statistics/load.js';
import { type MeasureGroup, measureOf, STATISTICS, type Statistic } from '../../statistics/measures.js';
import type { Summary } from '../../statistics/summary.js';
import { zeroRows } from '../../train/index.js';
import type { ResultClass, ResultColumn } from '../messages/results.js';

const NEAREST = 5;

type Column = ResultColumn & { readonly of: (c: ClassResult) => number | null };

/** The groups in the order of their columns: what tells most about transfer first, the baselines last. */
const ORDER: readonly MeasureGroup[] = ['held-out', 'direction', 'all', 'seen-unseen', 'loss'];
const placeOf = (name: Statistic) =>
  ORDER.indexOf(measureOf(name).group) + (name.startsWith('twoConstants') ? ORDER.length : 0);

/** The measures that have a column of their own, the change of the loss, and the losses. */
export const CLASS_COLUMNS: readonly Column[] = [
  ...[...STATISTICS]
    .sort((a, b) => placeOf(a) - placeOf(b))
    .flatMap((name): Column[] => {
      const { column, label, group, unit, lowerIsBetter, isEuclidean, of } = measureOf(name);
      if (column === null || isEuclidean) return [];
      return [
        { name: column, label: label + AMONG[group], unit, better: lowerIsBetter ? 'lower' : 'higher', of },
      ];
    }),
  {
    ...{ name: 'change_from_initial', label: 'relative change', unit: 'change', better: 'lower' },
    of: (c) => c.change.initial,
  },
  {
    ...{ name: 'mean_vector_change_from_initial', label: 'relative change of the mean vector' },
    ...{ unit: 'change', better: null, of: (c) => c.meanVectorChange.initial },
  },
  { name: 'initial_loss', label: 'loss, untrained', unit: 'number', better: null, of: (c) => c.initialLoss },
  { name: 'final_loss', label: 'loss, end', unit: 'number', better: null, of: (c) => c.finalLoss },
];

/** One row for each held-out class, in the order of the summary; `values` in the order of {@link CLASS_COLUMNS}. */
export function classRows({ run: { run, targets }, folds }: RunData, summary: Summary): ResultClass[] {
  const { dimension } = run.words;
  const { classes } = run.dataset;
  const directionless = new Set(zeroRows(targets, dimension));
  const seenOf = new Map(
    folds.map(({ record, seen }) => [record.id, [...seen].filter((c) => !directionless.has(c))]),
  );
  return summary.classes.map((c) => ({
    ...{ class: c.class, label: c.label, superclass: c.superclass, fold: c.fold },
    values: CLASS_COLUMNS.map(({ of }) => {
      const value = of(c);
      return value === null || Number.isNaN(value) ? null : value;
    }),
    nearest: directionless.has(c.class)
      ? []
      : byCloseness(targets, dimension, c.class, seenOf.get(c.fold)!)
          .slice(0, NEAREST)
          .map(({ class: index, cosine }) => ({ class: index, label: classes[index], cosine })),
  }));
}
