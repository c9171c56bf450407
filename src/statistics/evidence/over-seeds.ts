/**
 * The same experiment with several seeds: the mean and spread of each number over seeds, and an interval over
 * superclasses (or classes) and seeds together. Both are drawn with replacement and crossed: every seed uses
 * the same drawn classes (Owen 2007, "The pigeonhole bootstrap"). With s seeds, the seed part of the interval
 * is too narrow by a factor of √((s − 1)/s).
 */
import { mean, sampleStandardDeviation } from 'simple-statistics';
import { deriveKey, Random } from '../../util/random.js';
import type { DeepReadonly } from '../../util/read-only.js';
import { count, recordOf } from '../../util/schema-parts.js';
import * as z from '../../util/zod.js';
import { classCurves } from '../curves.js';
import type { RunData } from '../load.js';
import { drawUnits, intervalSchema, percentileInterval, RESAMPLES } from './bootstrap.js';
import { RUN_STATISTICS, type RunStatistic, runStatistics } from './draw-statistics.js';
import { byLabel, matchClasses } from './measured.js';
import { resamplingUnits, unitsSchema } from './units.js';

const overSeedsSchema = z.object({
  /** One value per seed, in order. */
  values: z.array(z.number()),
  mean: z.number(),
  /** Sample standard deviation over seeds; null for a single seed. */
  deviation: z.number().nullable(),
  /** Interval over units and seeds. */
  interval: intervalSchema.nullable(),
});
type OverSeeds = DeepReadonly<z.infer<typeof overSeedsSchema>>;

export const overSeedsSummarySchema = z.object({
  seeds: z.array(count),
  /** Number of held-out classes that all seeds have. */
  classes: count,
  units: unitsSchema,
  resamples: count,
  of: recordOf(RUN_STATISTICS, overSeedsSchema.nullable()),
});
export type OverSeedsSummary = DeepReadonly<z.infer<typeof overSeedsSummarySchema>>;

/**
 * Classes are matched by label over seeds, whatever was held out with them: with random groups, the
 * difference between groups is part of the spread.
 * @param runs one per seed; a class that some seed has not finished is left out of all
 * @returns null if no class is left
 */
export function overSeeds(runs: readonly RunData[], resamples = RESAMPLES): OverSeedsSummary | null {
  const common = matchClasses(runs, byLabel).map(({ classes }) => classes);
  if (common[0].length === 0) return null;
  const seeds = runs.map(({ run }) => run.run.seed);
  const units = resamplingUnits(
    common[0].map(({ entry }) => entry),
    runs[0].run.run.dataset.superclassOf,
  );
  const statistics = runs.map((data, s) => {
    const curves = new Map(classCurves(data).map((curve) => [`${curve.fold}/${curve.label}`, curve]));
    return runStatistics(
      common[s].map(({ entry }) => entry),
      common[s].map(({ fold, label }) => curves.get(`${fold}/${label}`) ?? null),
    );
  });
  const names = Object.keys(statistics[0]) as RunStatistic[];
  const once = new Int32Array(units.of.length).fill(1);
  const own = names.map((name) => statistics.map((of) => of[name](once)));
  const drawn = names.map(() => new Float64Array(resamples));
  const random = new Random(deriveKey(seeds[0], 'bootstrap-seeds'));
  const unitCounts = new Int32Array(units.count);
  const seedCounts = new Int32Array(runs.length);
  const draw = new Int32Array(units.of.length);
  for (let r = 0; r < resamples; r++) {
    drawUnits(random, unitCounts);
    drawUnits(random, seedCounts);
    for (const [i, unit] of units.of.entries()) draw[i] = unitCounts[unit];
    for (const [n, name] of names.entries()) {
      let sum = 0;
      for (const [s, of] of statistics.entries()) {
        if (seedCounts[s] > 0) sum += seedCounts[s] * (of[name](draw) ?? Number.NaN);
      }
      drawn[n][r] = sum / runs.length;
    }
  }
  const of = Object.fromEntries(
    names.map((name, n): [RunStatistic, OverSeeds | null] => {
      const values = own[n];
      if (!values.every((value): value is number => value !== null)) return [name, null];
      return [
        name,
        {
          values,
          mean: mean(values),
          deviation: values.length > 1 ? sampleStandardDeviation(values) : null,
          interval: unitCounts.length > 1 ? percentileInterval(drawn[n]) : null,
        },
      ];
    }),
  ) as Record<RunStatistic, OverSeeds | null>;
  const { by, count } = units;
  return { seeds, classes: common[0].length, units: { by, count }, resamples, of };
}
