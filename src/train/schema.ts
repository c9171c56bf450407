/** Parts that several records share: checkpoints, model files, fold logs and run.json. */

import { z } from 'zod';
import type { Normalisation } from '../data/index.js';

/** Of run.json, the folds' logs and outputs, and what is computed from them: they change their names together. */
export const FORMAT_VERSION = 2;

const channels = z.tuple([z.number(), z.number(), z.number()]);

/** {@link Normalisation} in a record. */
export const normalisationSchema = z.object({
  mean: channels,
  std: channels,
}) satisfies z.ZodType<Normalisation>;

/** {@link EngineId} in a record. */
export const engineIdSchema = z.object({ backend: z.string(), isa: z.string(), build: z.string() });

/** What decides the bits of a computation, the program aside: the backend, its instruction set and its build. */
export type EngineId = z.infer<typeof engineIdSchema>;

/** The engine that began a record; records of earlier versions have no `build`. */
export const beganOnSchema = engineIdSchema.partial({ build: true });
export type BeganOn = z.infer<typeof beganOnSchema>;
