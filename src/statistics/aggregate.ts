/**
 * Aggregates the measures of classes to numbers of the run. The results and every permutation of the
 * permutation null use the same function, so both are the same statistic.
 */
import { mean, median } from 'simple-statistics';
import { meanOfNumbers } from '../util/metrics.js';
import { calibratedSkillAt, crossFittedAlphas } from './calibration.js';
import type { Measures } from './class-measures.js';
import { MeasureColumns, type Rows } from './measure-columns.js';
import { measureOf, STATISTICS, type Statistic } from './measures.js';

/** All statistics of a list of held-out classes; null means "n/a". */
export function aggregate(entries: readonly Measures[]): Record<Statistic, number | null> {
  const columns = MeasureColumns.of(entries);
  return aggregateRows([{ columns, at: Int32Array.from(entries, (_, i) => i) }]);
}

/** The same statistics, from rows of several column sets. */
export function aggregateRows(parts: readonly Rows[]): Record<Statistic, number | null> {
  return Object.fromEntries(STATISTICS.map((name) => [name, statisticOf(name, parts)])) as Record<
    Statistic,
    number | null
  >;
}

function statisticOf(name: Statistic, parts: readonly Rows[]): number | null {
  const { over } = measureOf(name);
  switch (over) {
    case 'mean': {
      // Classes whose word has no direction have no rank and are skipped.
      const found = meanOfNumbers(valuesOf(name, parts));
      return Number.isNaN(found) ? null : found;
    }
    case 'median':
      return median([...valuesOf(name, parts)]);
    case 'cross-fitted mean': {
      const entries = parts.flatMap(({ columns, at }) =>
        Array.from(at, (row) => columns.calibrationEntry(row)),
      );
      const alphas = crossFittedAlphas(entries);
      return alphas && mean(entries.map((entry, i) => calibratedSkillAt(alphas[i], entry)));
    }
    default:
      return over satisfies never;
  }
}

function valuesOf(name: Statistic, parts: readonly Rows[]): Float64Array {
  const values = new Float64Array(parts.reduce((rows, { at }) => rows + at.length, 0));
  let next = 0;
  for (const { columns, at } of parts) {
    const column = columns.column(name);
    for (const row of at) values[next++] = column[row];
  }
  return values;
}

/** Mean group size over classes: a group of m classes counts m times. */
export const meanGroup = (sizes: readonly number[]) =>
  sizes.length / sizes.reduce((sum, size) => sum + 1 / size, 0);

/**
 * Chance levels of each statistic: from ranking at random, or from predicting the mean vector.
 * @param labels number of labels that have a direction
 * @param groupSizes for each class, the number of labels in its group that have a direction
 */
export function chanceLevels(
  entries: readonly Measures[],
  labels: number,
  groupSizes: readonly number[],
): Record<Statistic, number | null> {
  const of = (has: (entry: Measures) => boolean) => groupSizes.filter((_, i) => has(entries[i]));
  const ranked = of(({ heldOut }) => heldOut !== null && !Number.isNaN(heldOut.rank));
  const unseen = of(({ withSeen }) => withSeen !== null && !Number.isNaN(withSeen.ausuc));
  const level = (name: Statistic): number | null => {
    const { chance, group } = measureOf(name);
    if (typeof chance !== 'function') return chance;
    if (group === 'all') return chance(labels, labels);
    if (group === 'held-out')
      return ranked.length > 0 ? mean(ranked.map((size) => chance(size, labels))) : null;
    // Accuracies are pooled over folds and averaged by class, so the chance level is that of a fold of mean
    // size.
    return unseen.length > 0 ? chance(meanGroup(unseen), labels) : null;
  };
  return Object.fromEntries(STATISTICS.map((name) => [name, level(name)])) as Record<
    Statistic,
    number | null
  >;
}
