/**
 * From measures per class to numbers of the run. One function for the results and for every permutation of the permutation null,
 * so that both are the same statistic.
 */
import { mean, median } from 'simple-statistics';
import { meanOfNumbers } from '../util/metrics.js';
import { calibratedSkillAt, crossFittedAlphas } from './calibration.js';
import type { Measures } from './class-measures.js';
import { MeasureColumns, type Rows } from './measure-columns.js';
import { measureOf, STATISTICS, type Statistic } from './measures.js';

/** All statistics of a list of held-out classes; null is "n/a". */
export function aggregate(entries: readonly Measures[]): Record<Statistic, number | null> {
  const columns = MeasureColumns.of(entries);
  return aggregateRows([{ columns, at: Int32Array.from(entries, (_, i) => i) }]);
}

/** The same of rows of columns, one part after another. */
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
      // Of what the classes have: a word without a direction has no rank.
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

/** Mean size of the groups, from the size of each member's group: a group of m is there m times. */
export const meanGroup = (sizes: readonly number[]) =>
  sizes.length / sizes.reduce((sum, size) => sum + 1 / size, 0);

/**
 * What a network that knows nothing scores on average by ranking at random, or by answering the mean vector.
 * @param labels how many have a direction
 * @param groupSizes how many of each entry's group have one
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
    // Pooled over folds, averaged by class: as one fold of the mean size would have it.
    return unseen.length > 0 ? chance(meanGroup(unseen), labels) : null;
  };
  return Object.fromEntries(STATISTICS.map((name) => [name, level(name)])) as Record<
    Statistic,
    number | null
  >;
}
