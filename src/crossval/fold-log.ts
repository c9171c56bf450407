/**
 * The lines of folds/<id>.jsonl. JSON has no NaN: a number that was not finite (a diverged training) is null.
 */
import { z } from 'zod';

const number = z.number().nullable();
const index = z.int().nonnegative();

/** Held-out metrics at one epoch, as DESIGN "Definitions" has them; the candidates of ranks and hits are all labels. */
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

export const EventLine = z.discriminatedUnion('type', [StartLine, EpochLine, ResumeLine, EndLine]);
export type EventLine = z.infer<typeof EventLine>;
