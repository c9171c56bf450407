/**
 * A run while it trains. api/runs/ID/folds.json has the present state; api/runs/ID/events sends the same message as the
 * server-sent event `folds` first, and again after a reconnect, then one `fold` for each change and `progress` each second while it
 * trains (else now and then, and when workers change). `gone` is the last event: the run was deleted or can no longer be read.
 */

import * as z from '../../util/zod.js';
import { runListingSchema } from './runs.js';

export const FOLD_STATES = [
  'waiting',
  'training',
  'paused',
  'elsewhere',
  'unfinished',
  'finished',
  'failed',
] as const;

/** A worker on another machine, or another process of this one, that takes folds from a queue. */
export const liveWorkerSchema = z.object({
  id: z.string(),
  host: z.string(),
  pid: z.int(),
  /** Folds that it trains at once. */
  cores: z.int(),
  /** ISO 8601. */
  since: z.string(),
  /** The folds of this run that it trains. */
  folds: z.array(
    z.object({
      fold: z.string(),
      /** The last one that is safe in the store; 0 for none. */
      epoch: z.int(),
      epochs: z.int(),
      /** Null before its first epoch. */
      imagesPerSecond: z.number().nullable(),
    }),
  ),
  /** Number of folds of other experiments that it trains. */
  others: z.int(),
});
export type LiveWorker = z.infer<typeof liveWorkerSchema>;

/** Measures after an epoch; 0 is the untrained network. */
export const livePointSchema = z.object({
  epoch: z.int(),
  trainLoss: z.number().nullable(),
  /** Of the held-out classes (docs/DEFINITIONS.md). */
  loss: z.number().nullable(),
  skill: z.number().nullable(),
  rank: z.number().nullable(),
  hit1: z.number().nullable(),
  hit5: z.number().nullable(),
});

export const liveFoldSchema = z.object({
  id: z.string(),
  state: z.enum(FOLD_STATES),
  /** The worker that trains it, if a coordinator names one. */
  worker: liveWorkerSchema.pick({ host: true, pid: true }).nullable(),
  /** Labels of the classes that it holds out. */
  heldOut: z.array(z.string()),
  /** Epochs it has, or, until it is finished, at most will have (--patience may stop it earlier). */
  epochs: z.int(),
  points: z.array(livePointSchema),
  /** What `loss` would be by always answering the mean vector; null before the first epoch, and if the log does not tell. */
  meanVectorLoss: z.number().nullable(),
  imagesPerSecond: z.number().nullable(),
  /** Seconds of training of its last epoch; null before the first one. */
  secondsPerEpoch: z.number().nullable(),
  failure: z.object({ message: z.string(), hint: z.string().optional() }).nullable(),
});
export type LiveFold = z.infer<typeof liveFoldSchema>;

/** Empty unless a coordinator (`lexel loo --queue`) runs. */
const workersSchema = z.array(liveWorkerSchema);

export const liveRunSchema = z.object({
  run: runListingSchema,
  folds: z.array(liveFoldSchema),
  workers: workersSchema,
});
export type LiveRun = z.infer<typeof liveRunSchema>;

export const liveProgressSchema = z.object({
  run: runListingSchema,
  /** Over all workers, in the last seconds; null if nothing trains. */
  imagesPerSecond: z.number().nullable(),
  secondsLeft: z.number().nullable(),
  workers: workersSchema,
});

/** Data of the event `gone`. */
export const liveGoneSchema = z.object({ message: z.string(), hint: z.string().optional() });

/** The events by name, with the schemas of their data. */
export const LIVE_EVENTS = {
  folds: liveRunSchema,
  fold: liveFoldSchema,
  progress: liveProgressSchema,
  gone: liveGoneSchema,
} as const;
export type LiveEventName = keyof typeof LIVE_EVENTS;
