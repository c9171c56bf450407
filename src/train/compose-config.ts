/** Combines preset, loss and a user's changes to one configuration. */

import { pickTrainConfig, type TrainConfig, VALIDATION_SHARE } from './config.js';
import type { PresetConfig } from './presets.js';
import { LABEL_WEIGHT, type RecipeName, recipeLoss } from './recipe.js';

/** The part of {@link TrainConfig} that a recipe sets. */
export type LossConfig = Pick<TrainConfig, 'loss' | 'labelWeight'>;

export function recipeLossConfig(recipe: RecipeName): LossConfig {
  const loss = recipeLoss(recipe);
  return loss === 'joint' ? { loss, labelWeight: LABEL_WEIGHT } : { loss };
}

/**
 * @param chosen preset and loss, with what neither sets
 * @param changes settings that override them; undefined ones are ignored
 * @throws UsageError naming the values that are out of range
 */
export function composeConfig(
  chosen: PresetConfig & LossConfig & Pick<TrainConfig, 'epochs' | 'keepOutputs'>,
  changes: Partial<TrainConfig> = {},
): TrainConfig {
  const given = Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined));
  const validates = changes.patience !== undefined || changes.keepBest;
  return pickTrainConfig({
    limit: null,
    ema: 0,
    balanced: false,
    init: 'default',
    ...chosen,
    ...(validates && { validationShare: VALIDATION_SHARE }),
    ...given,
  });
}
