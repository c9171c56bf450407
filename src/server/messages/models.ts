/** The models that Try it can open: api/models.json. */

import { z } from 'zod';

export const modelsSchema = z.object({
  /** Whether this copy of Lexel has its own model (api/models/bundled.safetensors). */
  bundled: z.boolean(),
  /** Runs with at least one finished fold whose network is kept. */
  runs: z.array(
    z.object({
      /** Of `runListingSchema`. */
      id: z.string(),
      /** Below RUNS_DIR. */
      path: z.string(),
      /** Folds with a model (api/runs/ID/models/FOLD). */
      folds: z.array(z.string()).min(1),
    }),
  ),
});
export type Models = z.infer<typeof modelsSchema>;
