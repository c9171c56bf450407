/**
 * The rows of a comparison: each measure's mean in every run, and the difference of every run to the first,
 * paired by class. Uses only the classes' numbers, so kept results are compared in the same way as run
 * directories.
 */
import { mean } from 'simple-statistics';
import type { DeepReadonly } from '../../util/read-only.js';
import * as z from '../../util/zod.js';
import { GROUPS, measureOf, STATISTICS, type Statistic } from '../measures.js';
import { intervalSchema, meanInterval } from './bootstrap.js';
import { holm, signFlip, smallestDetectable } from './paired-test.js';
import { type ResamplingUnits, unitsSchema } from './units.js';

/** Measures that mean the same in every recipe's space. */
export const COMPARED = STATISTICS.filter((name) => measureOf(name).compared);

/** A run's mean minus the first run's, over classes. */
const differenceSchema = z.object({
  mean: z.number(),
  /** Percentile bootstrap interval over the comparison's units. */
  interval: intervalSchema.nullable(),
  /** Two-sided sign-flip test over the units; null if fewer than two units differ. */
  p: z.number().nullable(),
  /** Corrected by Holm's method over all tests of the comparison. */
  pHolm: z.number().nullable(),
  /** The difference that a test at 5 % would detect with a power of 80 %; null for a single unit. */
  detectable: z.number().nullable(),
});
type Difference = DeepReadonly<z.infer<typeof differenceSchema>>;

export const comparedRowSchema = z.object({
  measure: z.enum(STATISTICS),
  what: z.string(),
  group: z.enum(GROUPS),
  lowerIsBetter: z.boolean(),
  /** The resampling units of this row, after removing classes without a direction. */
  units: unitsSchema,
  /** The mean chance level of the classes; null if the measure has none. Absent in comparisons of earlier versions. */
  chance: z.number().nullable().optional(),
  /** One value per run; null means "n/a" (one class per fold). */
  values: z.array(z.number().nullable()),
  /** One entry per run; null for the first. */
  differences: z.array(differenceSchema.nullable()),
});
export type ComparedRow = DeepReadonly<z.infer<typeof comparedRowSchema>>;

/**
 * A measure of a run's classes, in the order of the units: NaN for a word without a direction, null if a
 * value is missing.
 */
export type ClassNumbers = (measure: Statistic) => readonly number[] | null;

/**
 * @param runs the others are compared with the first
 * @param unitsOf the resampling units of the classes that a row keeps
 */
export function comparedRows(
  runs: readonly ClassNumbers[],
  unitsOf: (keep: (place: number) => boolean) => ResamplingUnits,
  options: {
    readonly seed: number;
    readonly resamples: number;
    readonly chanceOf?: (measure: Statistic) => number | null;
  },
): ComparedRow[] {
  return COMPARED.map((measure): ComparedRow => {
    const { label, group, lowerIsBetter } = measureOf(measure);
    const { numbers, kept } = numbersOfAll(
      runs.map((of) => of(measure)),
      unitsOf,
    );
    return {
      measure,
      what: label,
      group,
      lowerIsBetter,
      chance: options.chanceOf?.(measure) ?? null,
      units: { by: kept.by, count: kept.count },
      values: numbers.map((values) => values && mean(values)),
      differences: numbers.map((values, r) =>
        r === 0 || !values || !numbers[0] ? null : difference(values, numbers[0], kept, options),
      ),
    };
  });
}

/**
 * Restricts all runs to the classes that have a number in each of them; a word without a direction has no
 * rank in any run.
 */
function numbersOfAll(
  runs: readonly (readonly number[] | null)[],
  unitsOf: (keep: (place: number) => boolean) => ResamplingUnits,
) {
  const has = (i: number) => runs.every((values) => !values || !Number.isNaN(values[i]));
  const numbers = runs.map((values) => {
    const kept = values?.filter((_, i) => has(i)) ?? [];
    return kept.length > 0 ? kept : null;
  });
  return { numbers, kept: unitsOf(has) };
}

function difference(
  values: readonly number[],
  first: readonly number[],
  units: ResamplingUnits,
  options: { readonly seed: number; readonly resamples: number },
): Difference {
  const differences = values.map((value, i) => value - first[i]);
  return {
    mean: mean(differences),
    interval: meanInterval(differences, units, options),
    p: signFlip(differences, units, options.seed)?.p ?? null,
    pHolm: null,
    detectable: smallestDetectable(differences, units),
  };
}

/** Applies Holm's correction over all tests in the table. */
export function corrected(rows: readonly ComparedRow[]): ComparedRow[] {
  const adjusted = holm(rows.flatMap(({ differences }) => differences.map((d) => d?.p ?? null)));
  let at = 0;
  return rows.map((row) => ({
    ...row,
    differences: row.differences.map((d) => {
      const pHolm = adjusted[at++];
      return d && { ...d, pHolm };
    }),
  }));
}
