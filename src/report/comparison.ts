/** Formats a comparison of runs for the terminal: one block per run, one line per measure. */
import type { Comparison } from '../statistics/evidence/compare.js';
import type { ComparedRow } from '../statistics/evidence/compared-rows.js';
import { unitsText } from '../statistics/evidence/units.js';
import { isInformative, measureOf } from '../statistics/measures.js';
import { pValue } from '../util/format.js';
import { type Look, PLAIN } from '../util/look.js';
import { alignColumns } from '../util/text-table.js';
import { showStatistic } from './show.js';
import { AMONG } from './units.js';

/** The table, followed by the methods it is based on. */
export function comparisonText(comparison: Comparison, look: Look = PLAIN): string {
  const rows = informativeRows(comparison);
  const { runs, labels, folds } = comparison;
  const lines = [
    `${labels.length} held-out ${labels.length === 1 ? 'class' : 'classes'} of ${folds.length} ${folds.length === 1 ? 'fold' : 'folds'} that all runs have (${folds.join(', ')})`,
  ];
  const letter = (r: number) => String.fromCharCode(65 + (r % 26));
  const values = [
    ['', ...runs.map((_, r) => letter(r))],
    ...rows.map((row) => [rowName(row), ...row.values.map((value) => show(row, value))]),
  ];
  lines.push(
    ...runs.map(
      ({ name, seeds, epochs }, r) =>
        `  ${letter(r)}  ${name}, ${epochs} ${epochs === 1 ? 'epoch' : 'epochs'}, ${seeds.length === 1 ? 'seed' : 'seeds'} ${seeds.join(', ')}`,
    ),
    '',
    ...alignColumns(values, {
      look,
      drop: runs.map((_, r) => r + 1).reverse(),
      style: (row, column) => (row === 0 ? 'strong' : isBest(rows[row - 1], column - 1) ? 'good' : undefined),
    }),
  );
  for (const r of runs.keys()) {
    if (r === 0) continue;
    const differences = [
      [`${letter(r)} less A`, 'difference', '95 % interval', 'p', 'p (Holm)', 'detectable', ''],
      ...rows.map((row) => differenceLine(row, r)),
    ];
    const style = (row: number, column: number) => {
      if (row === 0) return 'strong';
      const verdict = column === 6 ? differences[row][6] : '';
      return verdict === 'better' ? 'good' : verdict === 'worse' ? 'bad' : undefined;
    };
    lines.push('', ...alignColumns(differences, { look, drop: [5, 3, 4], style }));
  }
  lines.push('', comparisonMethods(comparison));
  lines.push(...comparison.notes.map((note) => `note: ${note}`));
  return lines.join('\n');
}

const informativeRows = ({ rows }: Comparison) =>
  rows.filter(
    ({ measure, values, chance = null }) =>
      values.some((value) => value !== null) && isInformative(measureOf(measure).unit, chance),
  );

/** The rows with their values as text. */
export const comparedCells = (comparison: Comparison) =>
  informativeRows(comparison).map((row) => ({
    ...row,
    texts: row.values.map((value) => show(row, value)),
    chanceText: row.chance == null ? null : show(row, row.chance),
  }));

/** How intervals and tests were made, in a few sentences. */
export const comparisonMethods = ({ units, resamples }: Comparison): string =>
  `Over ${unitsText(units)}${units.by === 'class' ? ', taken as independent' : ''}. Intervals: percentile bootstrap, ` +
  `${resamples.toLocaleString('en')} draws. p: sign-flip test, two-sided; corrected over all tests here. Differences of hits are ` +
  'percentage points. Detectable: the smallest true difference that such a comparison finds four times in five (5 %, uncorrected).';

function differenceLine(row: ComparedRow, r: number): string[] {
  const cells = differenceCells(row, r);
  if (!cells) return [rowName(row), 'n/a'];
  const { mean, interval, p, pHolm, detectable, verdict } = cells;
  return [rowName(row), mean, interval, p, pHolm, detectable, verdict ?? ''];
}

export interface DifferenceCells {
  readonly mean: string;
  readonly interval: string;
  readonly p: string;
  readonly pHolm: string;
  readonly detectable: string;
  /** Null: no difference is shown after Holm's correction. */
  readonly verdict: 'better' | 'worse' | null;
}

/** The difference of run `r` to the first as text; null if there is none. */
export function differenceCells(row: ComparedRow, r: number): DifferenceCells | null {
  const found = row.differences[r];
  if (!found) return null;
  const { mean, interval, p, pHolm, detectable } = found;
  const better = row.lowerIsBetter ? mean < 0 : mean > 0;
  const certain = pHolm !== null && pHolm < 0.05;
  return {
    mean: signed(show(row, mean)),
    interval: interval ? `${signed(show(row, interval.low))} to ${signed(show(row, interval.high))}` : 'n/a',
    p: p === null ? 'n/a' : pValue(p),
    pHolm: pHolm === null ? 'n/a' : pValue(pHolm),
    detectable: show(row, detectable),
    verdict: certain ? (better ? 'better' : 'worse') : null,
  };
}

/** The best run of a row, if the runs differ. */
export function isBest({ values, lowerIsBetter }: ComparedRow, run: number): boolean {
  const numbers = values.filter((value) => value !== null);
  const best = lowerIsBetter ? Math.min(...numbers) : Math.max(...numbers);
  return numbers.some((value) => value !== best) && values[run] === best;
}

export const rowName = ({ what, group }: ComparedRow) => what + AMONG[group];

const show = ({ measure }: ComparedRow, value: number | null): string => showStatistic(measure)(value);

const signed = (text: string) => (/^[1-9]|^0\.0*[1-9]/.test(text) ? `+${text}` : text);
