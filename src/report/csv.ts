/** classes.csv: one line per held-out class with unrounded numbers, for spreadsheets and other programs. */
import type { ClassResult } from '../statistics/class-result.js';
import { measureOf, STATISTICS } from '../statistics/measures.js';
import { csvText } from '../util/csv.js';

const COLUMNS: readonly (readonly [string, (c: ClassResult) => string | number | null])[] = [
  ['fold', (c) => c.fold],
  ['class', (c) => c.class],
  ['label', (c) => c.label],
  ['superclass', (c) => c.superclass],
  ['images', (c) => c.images],
  ['initial_loss', (c) => c.initialLoss],
  ['first_epoch_loss', (c) => c.firstEpochLoss],
  ['final_loss', (c) => c.finalLoss],
  ['zero_loss', (c) => c.zeroLoss],
  ['mean_vector_loss', (c) => c.meanVectorLoss],
  ['change_from_initial', (c) => c.change.initial],
  ['change_from_first_epoch', (c) => c.change.firstEpoch],
  ['change_from_zero', (c) => c.change.zero],
  ['mean_vector_change_from_initial', (c) => c.meanVectorChange.initial],
  ['mean_vector_change_from_first_epoch', (c) => c.meanVectorChange.firstEpoch],
  ['mean_vector_change_from_zero', (c) => c.meanVectorChange.zero],
  ['alpha', (c) => c.alpha],
  ...STATISTICS.flatMap((name) => {
    const { column, of } = measureOf(name);
    return column === null ? [] : [[column, of] as const];
  }),
];

export function classesCsv(classes: readonly ClassResult[]): string {
  return csvText([COLUMNS.map(([name]) => name), ...classes.map((c) => COLUMNS.map(([, of]) => of(c)))]);
}
