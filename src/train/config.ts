/** What one training run is told: plain data, as run.json keeps it. */

import { type LossKind, type OptimizerKind, type TrainingOptions, usualOptimizer } from '../engine/index.js';

/** Augmentation; 0 or false turns a part off. */
export interface AugmentConfig {
  /** Largest shift in pixels, edges reflected. */
  readonly crop: number;
  /** Mirror left and right, every second image. */
  readonly flip: boolean;
  /** Side of the erased square in pixels. */
  readonly cutout: number;
  /** CutMix's alpha (Yun et al. 2019): lambda ~ Beta(alpha, alpha). */
  readonly cutmix: number;
}

/** Everything about training that is not the data, the words, the network or the fold. */
export interface TrainConfig {
  readonly epochs: number;
  /** Images a step. */
  readonly batch: number;
  /** Training images a fold, or null for all. */
  readonly limit: number | null;
  /** Highest learning rate of the schedule. */
  readonly learningRate: number;
  readonly weightDecay: number;
  /** Linear warm-up in epochs. */
  readonly warmup: number;
  readonly schedule: 'cosine';
  readonly loss: LossKind;
  /** Margin of the ranking loss, in cosines, where `loss` is that. */
  readonly ranking?: number;
  readonly optimizer: OptimizerKind;
  readonly augment: AugmentConfig;
  /** Limit of the global gradient norm; 0 = off. */
  readonly clip: number;
  /** Decay of the weights' moving average a step; 0 = off. */
  readonly ema: number;
  /** Label-balanced order instead of a plain shuffle. */
  readonly balanced: boolean;
  readonly init: 'default' | 'pytorch';
  /** Whether the seen classes' test outputs are kept image by image, or only as class means. */
  readonly keepOutputs: 'held-out' | 'seen';
}

/**
 * The training configuration alone, out of an object that may hold more (run.json's config), keys in a fixed order,
 * so that equal configurations are equal as JSON.
 */
export function pickTrainConfig(from: TrainConfig): TrainConfig {
  const { crop, flip, cutout, cutmix } = from.augment;
  return {
    epochs: from.epochs,
    batch: from.batch,
    limit: from.limit,
    learningRate: from.learningRate,
    weightDecay: from.weightDecay,
    warmup: from.warmup,
    schedule: from.schedule,
    loss: from.loss,
    ...(from.ranking !== undefined && { ranking: from.ranking }),
    optimizer: from.optimizer,
    augment: { crop, flip, cutout, cutmix },
    clip: from.clip,
    ema: from.ema,
    balanced: from.balanced,
    init: from.init,
    keepOutputs: from.keepOutputs,
  };
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
