/** The configuration of one training run: plain data, stored in run.json. */

import { LOSS_KINDS } from '../engine/constants.js';
import { OPTIMIZER_KINDS, usualOptimizer } from '../engine/optimizers.js';
import type { TrainingOptions } from '../engine/types.js';
import { UsageError } from '../util/errors.js';
import { counted } from '../util/format.js';
import type { DeepReadonly } from '../util/read-only.js';
import * as z from '../util/zod.js';

/** The share that is set apart for validation if `patience` or `keepBest` is given without a share. */
export const VALIDATION_SHARE = 0.1;
/** The largest share that may be set apart. */
export const MOST_VALIDATION = 0.5;

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
  /** Share of the training images that is set apart for validation; absent: none. */
  validationShare: z.number().positive().max(MOST_VALIDATION).optional(),
  /** Training stops after this many epochs in a row that did not improve the validation loss. */
  patience: z.int().positive().optional(),
  /** Keeps the weights of the epoch with the lowest validation loss, instead of the last epoch's. */
  keepBest: z.literal(true).optional(),
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
  if (success) {
    if (data.validationShare === undefined && (data.patience !== undefined || data.keepBest))
      throw new UsageError('patience and keepBest need a validationShare');
    return data;
  }
  throw new UsageError(
    `the training configuration is wrong: ${z.prettifyError(error).replaceAll('\n', ' ')}`,
  );
}

/** "25 epochs", or "at most 25 epochs" if training may stop earlier. */
export function epochsText({ epochs, patience }: Pick<TrainConfig, 'epochs' | 'patience'>): string {
  return `${patience === undefined ? '' : 'at most '}${counted(epochs, 'epoch')}`;
}

/** The epoch whose weights a finished fold keeps. */
export function keptEpoch(
  { keepBest }: Pick<TrainConfig, 'keepBest'>,
  { epochs, bestEpoch }: { readonly epochs: number; readonly bestEpoch?: number },
): number {
  return keepBest ? (bestEpoch ?? epochs) : epochs;
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
