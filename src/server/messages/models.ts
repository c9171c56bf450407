/** The models that Try it can open: api/models.json. */

import * as z from '../../util/zod.js';

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
      folds: z.array(z.string()),
      /** Folds whose model an export lacks; only in an export. */
      notExported: z.array(z.string()).optional(),
    }),
  ),
});
export type Models = z.infer<typeof modelsSchema>;
