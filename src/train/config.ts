/** The configuration of one training run: plain data, stored in run.json. */

import { z } from 'zod';
import { LOSS_KINDS } from '../engine/constants.js';
import { OPTIMIZER_KINDS, usualOptimizer } from '../engine/optimizers.js';
import type { TrainingOptions } from '../engine/types.js';
import { UsageError } from '../util/errors.js';
import type { DeepReadonly } from '../util/read-only.js';

const notNegative = z.number().nonnegative();

/** Augmentation settings; 0 or false turns one off. */
export const augmentSchema = z.object({
  /** Largest shift in pixels; the borders are padded by reflection. */
  crop: notNegative,
  /** Mirrors images horizontally with probability 1/2. */
  flip: z.boolean(),
  /** Side of the erased square in pixels. */
  cutout: notNegative,
  /** CutMix's alpha (Yun et al. 2019): lambda ~ Beta(alpha, alpha). */
  cutmix: notNegative,
});

/** All training settings except the data, the words, the network and the fold. */
export const trainConfigSchema = z.object({
  epochs: z.int().nonnegative(),
  /** Images per step. */
  batch: z.int().positive(),
  /** Training images per fold, or null for all. */
  limit: z.int().positive().nullable(),
  /** Highest learning rate of the schedule. */
  learningRate: notNegative,
  weightDecay: notNegative,
  /** Linear warm-up in epochs. */
  warmup: notNegative,
  schedule: z.literal('cosine'),
  loss: z.enum(LOSS_KINDS),
  /** Margin of the ranking loss, as a difference of cosines; only if `loss` is 'ranking'. */
  ranking: z.number().positive().optional(),
  /** Weight of the loss over labels relative to the squared error; only if `loss` is 'joint'. */
  labelWeight: z.number().positive().optional(),
  optimizer: z.enum(OPTIMIZER_KINDS),
  augment: augmentSchema,
  /** Limit of the global gradient norm; 0 turns clipping off. */
  clip: notNegative,
  /** Decay per step of the moving averages of weights and running statistics; 0 turns them off. */
  ema: z.number().min(0).max(1),
  /** Label-balanced order instead of a plain shuffle. */
  balanced: z.boolean(),
  init: z.enum(['default', 'pytorch']),
  /** Whether outputs of the seen classes' test images are stored individually ('seen'), or only as class means. */
  keepOutputs: z.enum(['held-out', 'seen']),
});

export type TrainConfig = DeepReadonly<z.infer<typeof trainConfigSchema>>;
export type AugmentConfig = TrainConfig['augment'];

/**
 * Extracts the training configuration from an object that may have more keys (run.json's config). The keys come
 * in the schema's order, so that equal configurations give equal JSON.
 * @throws UsageError naming the values that are out of range
 */
export function pickTrainConfig(from: TrainConfig): TrainConfig {
  const { success, data, error } = trainConfigSchema.safeParse(from);
  if (success) return data;
  throw new UsageError(
    `the training configuration is wrong: ${z.prettifyError(error).replaceAll('\n', ' ')}`,
  );
}

/** The settings that the engine uses; the optimizer's constants are the usual ones. */
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
