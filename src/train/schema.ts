/** Schemas that checkpoints, model files, fold logs and run.json share. */

import type { Normalisation } from '../data/image-statistics.js';
import * as z from '../util/zod.js';

/**
 * Format version of run.json, the folds' logs and outputs, and the files computed from them; all share one
 * version.
 */
export const FORMAT_VERSION = 2;

const channels = z.tuple([z.number(), z.number(), z.number()]);

/** {@link Normalisation} in a record. */
export const normalisationSchema = z.object({
  mean: channels,
  std: channels,
}) satisfies z.ZodType<Normalisation>;

/** {@link EngineId} in a record. */
export const engineIdSchema = z.object({ backend: z.string(), isa: z.string(), build: z.string() });

/** The engine properties that determine the bits of a computation: backend, instruction set and build. */
export type EngineId = z.infer<typeof engineIdSchema>;

/** The engine that began a record; records of earlier versions have no `build`. */
export const beganOnSchema = engineIdSchema.partial({ build: true });
export type BeganOn = z.infer<typeof beganOnSchema>;
