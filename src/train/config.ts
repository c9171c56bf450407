/** What one training run is told: plain data, as run.json keeps it. */

import { z } from 'zod';
import { LOSS_KINDS } from '../engine/constants.js';
import { type TrainingOptions, usualOptimizer } from '../engine/index.js';
import { OPTIMIZER_KINDS } from '../engine/optimizers.js';
import { UsageError } from '../util/errors.js';
import type { DeepReadonly } from '../util/read-only.js';

const notNegative = z.number().nonnegative();

/** Augmentation; 0 or false turns a part off. */
export const augmentSchema = z.object({
  /** Largest shift in pixels, edges reflected. */
  crop: notNegative,
  /** Mirror left and right, every second image. */
  flip: z.boolean(),
  /** Side of the erased square in pixels. */
  cutout: notNegative,
  /** CutMix's alpha (Yun et al. 2019): lambda ~ Beta(alpha, alpha). */
  cutmix: notNegative,
});

/** Everything about training that is not the data, the words, the network or the fold. */
export const trainConfigSchema = z.object({
  epochs: z.int().nonnegative(),
  /** Images a step. */
  batch: z.int().positive(),
  /** Training images a fold, or null for all. */
  limit: z.int().positive().nullable(),
  /** Highest learning rate of the schedule. */
  learningRate: notNegative,
  weightDecay: notNegative,
  /** Linear warm-up in epochs. */
  warmup: notNegative,
  schedule: z.literal('cosine'),
  loss: z.enum(LOSS_KINDS),
  /** Margin of the ranking loss, in cosines, where `loss` is that. */
  ranking: z.number().positive().optional(),
  /** What the loss over labels counts beside the squared error, where `loss` is 'joint'. */
  labelWeight: z.number().positive().optional(),
  optimizer: z.enum(OPTIMIZER_KINDS),
  augment: augmentSchema,
  /** Limit of the global gradient norm; 0 = off. */
  clip: notNegative,
  /** Decay a step of the moving averages of weights and running statistics; 0 = off. */
  ema: z.number().min(0).max(1),
  /** Label-balanced order instead of a plain shuffle. */
  balanced: z.boolean(),
  init: z.enum(['default', 'pytorch']),
  /** Whether the seen classes' test outputs are kept image by image, or only as class means. */
  keepOutputs: z.enum(['held-out', 'seen']),
});

export type TrainConfig = DeepReadonly<z.infer<typeof trainConfigSchema>>;
export type AugmentConfig = TrainConfig['augment'];

/**
 * The training configuration alone, out of an object that may hold more (run.json's config), keys in the schema's order, so that
 * equal configurations are equal as JSON.
 * @throws UsageError naming what is out of its range
 */
export function pickTrainConfig(from: TrainConfig): TrainConfig {
  const { success, data, error } = trainConfigSchema.safeParse(from);
  if (success) return data;
  throw new UsageError(
    `the training configuration is wrong: ${z.prettifyError(error).replaceAll('\n', ' ')}`,
  );
}

/** The engine's share of the configuration; the optimizers' own constants are the usual ones. */
export function trainingOptions(config: TrainConfig): TrainingOptions {
  return {
    loss: config.loss,
    margin: config.ranking,
    ...usualOptimizer(config.optimizer),
    weightDecay: config.weightDecay,
    clip: config.clip,
    ema: config.ema,
  };
}
