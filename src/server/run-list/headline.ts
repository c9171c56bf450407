/** The headline numbers of a run for the list of runs. */

import { AMONG } from '../../report/units.js';
import { measureOf, STATISTICS, type Unit } from '../../statistics/measures.js';
import type { Summary } from '../../statistics/summary.js';
import type { HeadlineNumber, UNITS } from '../messages/runs.js';

/** What comparisons between runs contain, and what has a null without training. */
const LISTED = STATISTICS.filter((name) => {
  const { compared, group } = measureOf(name);
  return compared || group === 'direction' || group === 'loss';
});

/** The part of a summary that the list shows. */
export type HeadlineSource = Pick<Summary, 'headline'>;

export function headlineNumbers({ headline }: HeadlineSource): HeadlineNumber[] {
  return LISTED.flatMap((measure) => {
    const found = headline[measure];
    if (!found) return []; // of an earlier version
    const { label, group, unit, lowerIsBetter } = measureOf(measure);
    const { value, chance, permutationNull } = found;
    return {
      measure,
      label: label + AMONG[group],
      unit: unit satisfies Unit satisfies (typeof UNITS)[number],
      lowerIsBetter,
      value,
      chance,
      permutationNull: permutationNull && ([permutationNull.low, permutationNull.high] as [number, number]),
    };
  });
}
