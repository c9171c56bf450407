/** classes.csv: one line per held-out class with unrounded numbers, for spreadsheets and other programs. */
import type { ClassResult } from '../statistics/class-result.js';
import { measureOf, STATISTICS } from '../statistics/measures.js';

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

/** CSV after RFC 4180; "n/a" (null, NaN) is an empty field. */
export function csvText(rows: readonly (readonly (string | number | null)[])[]): string {
  return rows.map((row) => `${row.map(field).join(',')}\r\n`).join('');
}

/**
 * The start of a formula in a spreadsheet (OWASP, "CSV Injection"): at the start of a cell, after blanks, or after a
 * semicolon, which also separates cells in locales with a decimal comma. A preceding apostrophe turns it into text.
 * Cells that begin with apostrophes get one more, so that removing one restores the cell.
 */
const FORMULA = /(^|;)([ '\u00a0]*[=+\-@\t\r\n＝＋－＠])/g;

function field(value: string | number | null): string {
  if (value === null || Number.isNaN(value)) return '';
  if (typeof value === 'number') return String(value);
  const safe = value.replace(FORMULA, "$1'$2");
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
