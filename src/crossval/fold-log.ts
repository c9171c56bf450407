/**
 * The lines of folds/<id>.jsonl. JSON has no NaN: a number that was not finite (a diverged training) is null.
 */
import { z } from 'zod';
import { engineIdSchema, normalisationSchema } from '../train/index.js';

const number = z.number().nullable();
const index = z.int().nonnegative();

/** What computed the fold from here on; absent in logs of earlier versions. */
const engine = engineIdSchema.optional();

/**
 * Held-out metrics at one epoch, as DESIGN "Definitions" has them. The candidates of ranks and hits are all labels
 * with a direction.
 */
export const EpochMetrics = z.object({
  loss: number,
  skill: number,
  cosine: number,
  rank: number,
  hit1: number,
  hit5: number,
  hit10: number,
});
export type EpochMetrics = z.infer<typeof EpochMetrics>;

export const StartLine = z.object({
  type: z.literal('start'),
  fold: z.string(),
  heldOut: z.array(index),
  trainImages: index,
  /** Training images left out because their pixels equal a held-out image's. */
  droppedTwins: index,
  steps: index,
  parameters: index,
  /** Of the images that the fold trained on, in units of pixel/255; absent in logs of earlier versions. */
  normalisation: normalisationSchema.optional(),
  engine,
  time: z.string(),
});
export type StartLine = z.infer<typeof StartLine>;

export const EpochLine = z.object({
  type: z.literal('epoch'),
  fold: z.string(),
  /** 0 = untrained. */
  epoch: index,
  /** Mean over the epoch's steps; null at epoch 0. */
  trainLoss: number,
  learningRate: z.number(),
  seconds: z.number(),
  images: index,
  /** Averaged over the fold's held-out classes. */
  heldOut: EpochMetrics,
  classes: z.array(EpochMetrics.extend({ class: index })),
});
export type EpochLine = z.infer<typeof EpochLine>;

export const ResumeLine = z.object({
  type: z.literal('resume'),
  fold: z.string(),
  /** The last epoch that was whole. */
  epoch: index,
  engine,
  time: z.string(),
});
export type ResumeLine = z.infer<typeof ResumeLine>;

export const EndLine = z.object({
  type: z.literal('end'),
  fold: z.string(),
  epochs: index,
  seconds: z.number(),
  imagesPerSecond: z.number(),
  time: z.string(),
});
export type EndLine = z.infer<typeof EndLine>;

/** The fold cannot go on; it is left alone until it is tried again. */
export const FailedLine = z.object({
  type: z.literal('failed'),
  fold: z.string(),
  message: z.string(),
  hint: z.string().optional(),
  time: z.string(),
});
export type FailedLine = z.infer<typeof FailedLine>;

const LINES = [StartLine, EpochLine, ResumeLine, EndLine, FailedLine] as const;
const KNOWN = new Set<unknown>(LINES.map((line) => line.shape.type.value));

/** Is it an event of a type that a later version has added? Readers pass over it. */
export function isOfLaterVersion(json: unknown): boolean {
  if (typeof json !== 'object' || json === null || !('type' in json)) return false;
  return typeof json.type === 'string' && !KNOWN.has(json.type);
}

export const EventLine = z.discriminatedUnion('type', LINES);
export type EventLine = z.infer<typeof EventLine>;
