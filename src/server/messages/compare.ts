/** The numbers of `lexel compare` for two or more runs: api/compare/ID+ID.json. The others are compared with the first. */

import * as z from '../../util/zod.js';

const cellSchema = z.object({
  /** As the terminal shows it, such as "+4.1 %"; "n/a" where the protocol cannot have it. */
  text: z.string(),
  /** Whether it is the best of its row. */
  best: z.boolean(),
});

export const comparisonSchema = z.object({
  runs: z.array(z.object({ id: z.string(), name: z.string(), epochs: z.int(), seeds: z.array(z.int()) })),
  folds: z.array(z.string()),
  labels: z.array(z.string()),
  rows: z.array(
    z.object({
      measure: z.string(),
      label: z.string(),
      chance: z.string().nullable(),
      values: z.array(cellSchema),
      /** Of each run, less the first; null for the first run and where there is no value. */
      differences: z.array(
        z
          .object({
            mean: z.string(),
            interval: z.string(),
            p: z.string(),
            pHolm: z.string(),
            detectable: z.string(),
            /** Null: no difference is shown after Holm's correction. */
            verdict: z.enum(['better', 'worse']).nullable(),
          })
          .nullable(),
      ),
    }),
  ),
  /** How intervals and tests were made. */
  methods: z.string(),
  notes: z.array(z.string()),
});
export type RunComparison = z.infer<typeof comparisonSchema>;

/** The comparisons that an export has: api/comparisons.json, of an export only. */
export const exportedComparisonsSchema = z.object({
  runs: z.array(z.object({ id: z.string(), path: z.string() })),
  /** Ids; each pair has a file in both orders. */
  pairs: z.array(z.tuple([z.string(), z.string()])),
  /** Further pairs of runs on the same data set and protocol. */
  notExported: z.int(),
});
export type ExportedComparisons = z.infer<typeof exportedComparisonsSchema>;
