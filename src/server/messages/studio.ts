/** What the studio says about itself: api/studio.json. */

import * as z from '../../util/zod.js';

export const studioSchema = z.object({
  /** Version of Lexel. */
  version: z.string(),
  /** `server`: runs can be watched. `export`: files written by `--export` or `--single-file`. */
  mode: z.enum(['server', 'export']),
  /** Whether runs can be started, stopped and resumed (`--allow-runs`). */
  allowRuns: z.boolean(),
  /** The folder of the runs, as the user gave it. */
  runsDir: z.string(),
  /** Whether images of data sets are served or were exported (`--images`). */
  images: z.boolean(),
});
export type Studio = z.infer<typeof studioSchema>;

/** An answer other than 2xx. */
export const faultSchema = z.object({
  message: z.string(),
  /** How to go on. */
  hint: z.string().optional(),
  /** Code of the error (src/util/errors.ts). */
  code: z.string().optional(),
});
export type Fault = z.infer<typeof faultSchema>;
