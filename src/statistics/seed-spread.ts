/**
 * Compares the same experiment under several seeds (`lexel loo --seeds 0-4`): the mean and the spread of
 * every measure over the seeds and over the splits (folds) of all seeds. Zero-shot results depend strongly on
 * which classes are left out, so a number from a single split is not reliable.
 */

import { max, mean, min, sampleStandardDeviation } from 'simple-statistics';
import { FORMAT_VERSION } from '../train/index.js';
import type { DeepReadonly } from '../util/read-only.js';
import { count } from '../util/schema-parts.js';
import * as z from '../util/zod.js';
import { overSeedsSummarySchema } from './evidence/over-seeds.js';
import { checkOneExperiment, type ExperimentFacts } from './evidence/runs.js';
import { splitMeasureSchema, splitMeasures } from './split-measures.js';
import { type Summary, summarySchema } from './summary.js';

const spreadSchema = z.object({
  count,
  mean: z.number(),
  /** Sample standard deviation; null for a single value. */
  sd: z.number().nullable(),
  min: z.number(),
  max: z.number(),
});
export type Spread = DeepReadonly<z.infer<typeof spreadSchema>>;

const seedMeasureSchema = z.object({
  ...splitMeasureSchema.omit({ value: true, splits: true }).shape,
  seeds: spreadSchema,
  splits: spreadSchema,
  /** One entry per seed, in the order of `runs`. */
  values: z.array(splitMeasureSchema.pick({ value: true, splits: true })),
});
export type SeedMeasure = DeepReadonly<z.infer<typeof seedMeasureSchema>>;

const seedsSummarySchema = z.object({
  format: z.literal('lexel-seeds'),
  version: z.literal(FORMAT_VERSION),
  /** `dir` is relative to the directory that contains all seeds. */
  runs: z.array(
    z.object({
      dir: z.string(),
      seed: count,
      folds: summarySchema.shape.folds.pick({ finished: true, total: true }),
      heldOut: count,
    }),
  ),
  run: summarySchema.shape.run.pick({
    ...{ protocol: true, recipe: true, preset: true },
    ...{ config: true, dataset: true, words: true },
  }),
  measures: z.array(seedMeasureSchema),
  notes: z.array(z.string()),
});
export type SeedsSummary = DeepReadonly<z.infer<typeof seedsSummarySchema>>;

/** Schema of seeds.json. */
export const seedsFileSchema = seedsSummarySchema.extend({
  /**
   * Intervals over classes and seeds together; null for a single seed, or if no class is common to all seeds.
   */
  intervals: overSeedsSummarySchema.nullable(),
});
export type SeedsFile = DeepReadonly<z.infer<typeof seedsFileSchema>>;

/**
 * Compares runs that differ only in their seed.
 * @param runs at least one; `dir` is used in messages
 * @throws LexelError if two of them are different experiments
 */
export function summariseSeeds(
  runs: readonly { readonly dir: string; readonly summary: Summary }[],
  notes: readonly string[] = [],
): SeedsSummary {
  checkOneExperiment(runs.map(({ dir, summary }) => ({ dir, facts: factsOf(summary) })));
  const each = runs.map(({ summary }) => splitMeasures(summary));
  const measures = each[0].flatMap((measure): SeedMeasure[] => {
    const same = each.map((list) => list.find((m) => m.group === measure.group && m.what === measure.what));
    const found = same.flatMap((m) => (m ? [m] : []));
    // The measure is "n/a" in at least one run, so it has no spread over all of them.
    if (found.length < runs.length) return [];
    const { group, what, unit, chance } = measure;
    return [
      {
        ...{ group, what, unit, chance },
        seeds: spreadOf(found.map((m) => m.value)),
        splits: spreadOf(found.flatMap((m) => m.splits)),
        values: found.map(({ value, splits }) => ({ value, splits })),
      },
    ];
  });
  const { protocol, recipe, preset, config, dataset, words } = runs[0].summary.run;
  return {
    format: 'lexel-seeds',
    version: FORMAT_VERSION,
    runs: runs.map(({ dir, summary: { run, folds, classes } }) => ({
      dir,
      seed: run.seed,
      folds: { finished: folds.finished, total: folds.total },
      heldOut: classes.length,
    })),
    run: { protocol, recipe, preset, config, dataset, words },
    measures,
    notes: [...notes, ...notesOn(runs.map(({ summary }) => summary))],
  };
}

export function spreadOf(values: readonly number[]): Spread {
  const list = [...values];
  return {
    count: list.length,
    mean: mean(list),
    sd: list.length > 1 ? sampleStandardDeviation(list) : null,
    min: min(list),
    max: max(list),
  };
}

/** The facts of a summary in the form of a run file. */
function factsOf({ run }: Summary): ExperimentFacts {
  const { protocol, recipe, control, preset, normalisation, config, dataset, words } = run;
  return {
    ...{ protocol, recipe, control, preset, normalisation, config },
    images: dataset.hash,
    superclasses: dataset.superclasses,
    wordVectors: words.checksum,
  };
}

function notesOn(summaries: readonly Summary[]): string[] {
  const notes: string[] = [];
  const unfinished = summaries.filter(({ folds }) => folds.finished < folds.total);
  if (unfinished.length > 0) {
    notes.push(
      `Not all folds have finished with seed ${unfinished.map(({ run }) => run.seed).join(', ')}; these count with those that have.`,
    );
  }
  const [{ run }] = summaries;
  notes.push(
    run.protocol.startsWith('holdout:')
      ? 'Each seed draws its own partition of the classes and its own start and order of images: the spread over seeds holds ' +
          'all of these. The splits of one seed share no held-out class; those of different seeds do.'
      : 'Every seed holds out the same groups of classes: the spread over seeds is that of start and order of images alone; ' +
          'that over splits is mostly of which classes are held out.',
  );
  return notes;
}
