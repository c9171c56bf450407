/**
 * The events of a running fold: the lines of its JSONL log, in order of time. Callbacks and readers of the file
 * use the same schemas; a measure that a class lacks is null in both, since JSON has no NaN.
 */

import type { DeepReadonly } from '../util/read-only.js';
import * as z from '../util/zod.js';
import { engineIdSchema, FORMAT_VERSION, normalisationSchema } from './schema.js';

const index = z.int().nonnegative();
const measure = z.number().nullable();

/**
 * Measures of held-out outputs at one epoch, as defined in docs/DEFINITIONS.md. The candidates of ranks and
 * hits are all labels with a direction; a word without a direction has no cosine, rank or hits.
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

/** Measures of the validation images, which are of seen classes; `hit1` and `hit5` are averaged over classes. */
export const validationSchema = z.object({
  /** The training loss, without augmentation and dropout, averaged over images. */
  loss: z.number(),
  hit1: measure,
  hit5: measure,
});
export type ValidationMetrics = DeepReadonly<z.infer<typeof validationSchema>>;

export const startEventSchema = z.object({
  type: z.literal('start'),
  /** Format version of the log. */
  version: z.literal(FORMAT_VERSION),
  fold: z.string(),
  /** Class indices. */
  heldOut: z.array(index),
  trainImages: index,
  /** Training images dropped because their pixels equal a held-out image's. */
  droppedDuplicates: index,
  /**
   * The images set apart for validation, and the training images dropped because their pixels equal one of them;
   * absent if there is no validation.
   */
  validation: z.object({ images: index, droppedDuplicates: index }).optional(),
  /** Steps of the whole run. */
  steps: index,
  parameters: index,
  /** Mean and standard deviation of the fold's training images, in units of pixel/255. */
  normalisation: normalisationSchema,
  engine: engineIdSchema,
  time: z.string(),
});
export type StartEvent = DeepReadonly<z.infer<typeof startEventSchema>>;

export const epochEventSchema = z.object({
  type: z.literal('epoch'),
  fold: z.string(),
  /** 0 is the untrained network. */
  epoch: index,
  /** Mean loss over the epoch's steps, each computed before its update; null at epoch 0. */
  trainLoss: measure,
  /** Learning rate of the epoch's last step; 0 at epoch 0. */
  learningRate: z.number(),
  /** Seconds of training in this epoch, evaluation excluded. */
  seconds: z.number(),
  /** Images trained on in this epoch. */
  images: index,
  /** Averages over the held-out classes that have the measure; all null if no class is held out. */
  heldOut: metricsSchema,
  /** Absent if no images were set apart for validation. */
  validation: validationSchema.optional(),
  classes: z.array(metricsSchema.extend({ class: index })),
});
export type EpochEvent = DeepReadonly<z.infer<typeof epochEventSchema>>;
export type ClassMetrics = EpochEvent['classes'][number];

export const resumeEventSchema = z.object({
  type: z.literal('resume'),
  fold: z.string(),
  /** Last finished epoch; training continues with the next. */
  epoch: index,
  engine: engineIdSchema,
  time: z.string(),
});
export type ResumeEvent = DeepReadonly<z.infer<typeof resumeEventSchema>>;

/** A problem that does not stop the fold. */
export const warningEventSchema = z.object({
  type: z.literal('warning'),
  fold: z.string(),
  message: z.string(),
  time: z.string(),
});
export type WarningEvent = DeepReadonly<z.infer<typeof warningEventSchema>>;

/**
 * The fold failed: its training diverged, or its preparation, its files or its worker failed. Later calls skip
 * the fold unless they retry it.
 */
export const failedEventSchema = z.object({
  type: z.literal('failed'),
  fold: z.string(),
  message: z.string(),
  /** How to fix the problem, if known. */
  hint: z.string().optional(),
  time: z.string(),
});
export type FailedEvent = DeepReadonly<z.infer<typeof failedEventSchema>>;

export const endEventSchema = z.object({
  type: z.literal('end'),
  fold: z.string(),
  /** Number of epochs that ran; with `patience`, it may be smaller than the configuration's. */
  epochs: index,
  /** The epoch with the lowest validation loss, the earlier one of equal ones; absent without validation. */
  bestEpoch: index.optional(),
  /** Seconds of training over all calls, evaluation excluded. */
  seconds: z.number(),
  imagesPerSecond: z.number(),
  time: z.string(),
});
export type EndEvent = DeepReadonly<z.infer<typeof endEventSchema>>;

export type FoldEvent = StartEvent | EpochEvent | ResumeEvent | WarningEvent | EndEvent | FailedEvent;
