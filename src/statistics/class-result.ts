/** The results of one held-out class. */

import type { DeepReadonly } from '../util/read-only.js';
import { count, numberOrNaN } from '../util/schema-parts.js';
import * as z from '../util/zod.js';
import { rankMeasuresSchema, withSeenSchema } from './class-measures.js';

/**
 * The three losses that a final loss can be compared with: of the untrained network, after one epoch, and of
 * the output zero.
 */
export const byStartSchema = <Of extends z.ZodType>(of: Of) =>
  z.object({ initial: of, firstEpoch: of, zero: of });
export type ByStart<T> = { readonly [Start in keyof z.infer<ReturnType<typeof byStartSchema>>]: T };

export const classResultSchema = z.object({
  fold: z.string(),
  class: count,
  label: z.string(),
  superclass: z.string().nullable(),
  images: count,
  /** MSE: L0, L1, LE, Lz, Lm. */
  initialLoss: z.number(),
  firstEpochLoss: z.number(),
  finalLoss: z.number(),
  zeroLoss: z.number(),
  meanVectorLoss: z.number(),
  change: byStartSchema(z.number()),
  /** The relative change that the mean vector as constant output would reach. */
  meanVectorChange: byStartSchema(z.number()),
  skill: z.number(),
  calibratedSkill: z.number().nullable(),
  alpha: z.number().nullable(),
  /** NaN for a word without a direction, like the ranks and hits. */
  centredCosine: numberOrNaN,
  /** Among all labels. */
  all: rankMeasuresSchema,
  /** Among the fold's held-out labels. */
  heldOut: rankMeasuresSchema.nullable(),
  /** null if the outputs of the seen classes' test images were not kept. */
  withSeen: withSeenSchema.nullable(),
});
export type ClassResult = DeepReadonly<z.infer<typeof classResultSchema>>;
