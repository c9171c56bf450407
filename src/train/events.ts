/**
 * What a running fold tells: the lines of its JSONL file, in the order in which they happen. One schema for those who are told
 * and for those who read the file: a measure that a class has not is null in both, since JSON has no NaN.
 */

import { z } from 'zod';
import type { DeepReadonly } from '../util/read-only.js';
import { engineIdSchema, FORMAT_VERSION, normalisationSchema } from './schema.js';

const index = z.int().nonnegative();
const measure = z.number().nullable();

/**
 * Measures of held-out outputs at one epoch, as docs/DEFINITIONS.md has them. The candidates of ranks and hits are all
 * labels with a direction; a word without one has no cosine, rank and hits.
 */
export const metricsSchema = z.object({
  loss: measure,
  skill: measure,
  centredCosine: measure,
  rank: measure,
  hit1: measure,
  hit5: measure,
  hit10: measure,
});
export type HeldOutMetrics = DeepReadonly<z.infer<typeof metricsSchema>>;

export const startEventSchema = z.object({
  type: z.literal('start'),
  /** Of the log's format. */
  version: z.literal(FORMAT_VERSION),
  fold: z.string(),
  /** Class indices. */
  heldOut: z.array(index),
  trainImages: index,
  /** Training images dropped because their pixels equal a held-out image's. */
  droppedDuplicates: index,
  /** Steps of the whole run. */
  steps: index,
  parameters: index,
  /** Of the images that the fold trains on, in units of pixel/255. */
  normalisation: normalisationSchema,
  engine: engineIdSchema,
  time: z.string(),
});
export type StartEvent = DeepReadonly<z.infer<typeof startEventSchema>>;

export const epochEventSchema = z.object({
  type: z.literal('epoch'),
  fold: z.string(),
  /** 0 = untrained. */
  epoch: index,
  /** Mean over the epoch's steps, each before its update; null at epoch 0. */
  trainLoss: measure,
  /** Rate of the epoch's last step; 0 at epoch 0. */
  learningRate: z.number(),
  /** Seconds of training in this epoch, evaluation excluded. */
  seconds: z.number(),
  /** Images trained on in this epoch. */
  images: index,
  /** Average over the held-out classes that have the measure; all null where nothing is held out. */
  heldOut: metricsSchema,
  classes: z.array(metricsSchema.extend({ class: index })),
});
export type EpochEvent = DeepReadonly<z.infer<typeof epochEventSchema>>;
export type ClassMetrics = EpochEvent['classes'][number];

export const resumeEventSchema = z.object({
  type: z.literal('resume'),
  fold: z.string(),
  /** Last finished epoch; training goes on with the next. */
  epoch: index,
  engine: engineIdSchema,
  time: z.string(),
});
export type ResumeEvent = DeepReadonly<z.infer<typeof resumeEventSchema>>;

/** Something that the user should know of, and that the fold goes on in spite of. */
export const warningEventSchema = z.object({
  type: z.literal('warning'),
  fold: z.string(),
  message: z.string(),
  time: z.string(),
});
export type WarningEvent = DeepReadonly<z.infer<typeof warningEventSchema>>;

/**
 * The fold cannot go on: its training diverged, or its preparation, its files or its worker failed. It is left alone until it
 * is tried again.
 */
export const failedEventSchema = z.object({
  type: z.literal('failed'),
  fold: z.string(),
  message: z.string(),
  /** The way out, where it is known. */
  hint: z.string().optional(),
  time: z.string(),
});
export type FailedEvent = DeepReadonly<z.infer<typeof failedEventSchema>>;

export const endEventSchema = z.object({
  type: z.literal('end'),
  fold: z.string(),
  epochs: index,
  /** Seconds of training, over all resumes, evaluation excluded. */
  seconds: z.number(),
  imagesPerSecond: z.number(),
  time: z.string(),
});
export type EndEvent = DeepReadonly<z.infer<typeof endEventSchema>>;

export type FoldEvent = StartEvent | EpochEvent | ResumeEvent | WarningEvent | EndEvent | FailedEvent;
