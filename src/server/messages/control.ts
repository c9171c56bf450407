/**
 * Starting, stopping and resuming runs, only with `--allow-runs`: POST api/start, api/runs/ID/stop, api/runs/ID/resume. The
 * answer to a start is the new run's id; it is listed at once. Stopping keeps the checkpoints.
 */

import * as z from '../../util/zod.js';

/** What can be chosen: api/start.json. */
export const startChoicesSchema = z.object({
  /** Data sets that are at hand, with the words that fit them. */
  data: z.array(z.object({ name: z.string(), words: z.array(z.string()) })),
  protocols: z.array(z.object({ name: z.string(), text: z.string() })),
  nets: z.array(z.string()),
  recipes: z.array(z.object({ name: z.string(), text: z.string() })),
  presets: z.array(z.string()),
});
export type StartChoices = z.infer<typeof startChoicesSchema>;

export const startRequestSchema = z.object({
  /** Folder below RUNS_DIR; it must not exist. */
  name: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/),
  data: z.string(),
  words: z.string(),
  protocol: z.string(),
  net: z.string(),
  recipe: z.string(),
  preset: z.string(),
  epochs: z.int().min(1).max(1000),
  seed: z.int().min(0),
  /** Training images a fold; null: all. */
  limit: z.int().min(1).nullable(),
});
export type StartRequest = z.infer<typeof startRequestSchema>;

export const startedSchema = z.object({ id: z.string() });
