/** The list of runs: api/runs.json. */

import * as z from '../../util/zod.js';

export const RUN_STATES = [
  'finished',
  'training',
  'paused',
  'elsewhere',
  'unfinished',
  'failed',
  'broken',
] as const;
export type RunState = (typeof RUN_STATES)[number];

export const UNITS = ['rank', 'share', 'change', 'count', 'area', 'number'] as const;

/** A headline number with its values without transfer. */
export const headlineNumberSchema = z.object({
  /** Key in the summary's headline (src/statistics/measures.ts). */
  measure: z.string(),
  /** Label for a table, such as "hit@5 among the held out". */
  label: z.string(),
  /** What it is measured in (src/statistics/measures.ts). */
  unit: z.enum(UNITS),
  lowerIsBetter: z.boolean(),
  /** Null: the protocol cannot have this measure. */
  value: z.number().nullable(),
  /** By ranking at random, or by the mean vector. */
  chance: z.number().nullable(),
  /** 95 % of the values under permuted words lie between these. */
  permutationNull: z.tuple([z.number(), z.number()]).nullable(),
});
export type HeadlineNumber = z.infer<typeof headlineNumberSchema>;

/** Where the computation of a missing headline stands. */
export const headlineWorkSchema = z.object({
  state: z.enum(['waiting', 'computing', 'failed']),
  /** Why it failed. */
  problem: z.string().optional(),
});
export type HeadlineWork = z.infer<typeof headlineWorkSchema>;

export const runListingSchema = z.object({
  /** Names the run in addresses: letters, digits and hyphens, from its path below RUNS_DIR. */
  id: z.string(),
  /** Path below RUNS_DIR, with `/`; the name of RUNS_DIR if it is itself the run. */
  path: z.string(),
  /** As `path`, of the directory that `--seeds` wrote, for each of its runs; else null. */
  seeds: z.string().nullable(),
  state: z.enum(RUN_STATES),
  /** Why it cannot be read; only of a broken run. */
  problem: z.string().optional(),
  folds: z.object({ finished: z.int(), failed: z.int(), total: z.int() }),
  /** Share of the epochs that are trained, 0 to 1. */
  progress: z.number(),
  /** Null for a broken run. */
  settings: z
    .object({
      protocol: z.string(),
      net: z.string(),
      data: z.string(),
      words: z.string(),
      recipe: z.string(),
      preset: z.string(),
      control: z.string().nullable(),
      epochs: z.int(),
      seed: z.int(),
      classes: z.int(),
      created: z.string(),
    })
    .nullable(),
  /** From the run's summary if one is at hand for its present folds; else null. */
  headline: z.array(headlineNumberSchema).nullable(),
  /** In the list of runs: of a run without a headline that has finished folds and that no process trains. */
  headlineWork: headlineWorkSchema.optional(),
});
export type RunListing = z.infer<typeof runListingSchema>;

export const runsSchema = z.object({ runs: z.array(runListingSchema) });
