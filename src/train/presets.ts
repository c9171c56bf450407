/**
 * Presets (`--preset`): named sets of optimizer, schedule and augmentation. A preset is the same for all
 * recipes, so that comparisons of recipes differ only in targets and loss. `adamw` was tuned on rotation 4
 * only; `micronet` has the settings of the MicroNet paper (Kim et al., PMLR 123:13-26, 2020).
 */

import { UsageError } from '../util/errors.js';
import { knownNames } from '../util/names.js';
import type { TrainConfig } from './config.js';

/** The part of {@link TrainConfig} that a preset sets. */
export type PresetConfig = Pick<
  TrainConfig,
  'batch' | 'learningRate' | 'weightDecay' | 'warmup' | 'schedule' | 'optimizer' | 'augment' | 'clip'
>;

export const PRESETS = {
  adamw: {
    optimizer: 'adamw',
    batch: 128,
    learningRate: 3e-3,
    weightDecay: 0.05,
    warmup: 1,
    schedule: 'cosine',
    clip: 1,
    augment: { crop: 4, flip: true, cutout: 0, cutmix: 0 },
  },
  micronet: {
    optimizer: 'sgd',
    batch: 128,
    learningRate: 0.1,
    weightDecay: 1e-5,
    warmup: 0,
    schedule: 'cosine',
    clip: 0,
    augment: { crop: 4, flip: true, cutout: 0, cutmix: 0 },
  },
} as const satisfies Record<string, PresetConfig>;

export type PresetName = keyof typeof PRESETS;

/** @throws UsageError for a name that is not in {@link PRESETS}. */
export function preset(name: string): PresetConfig {
  if (!Object.hasOwn(PRESETS, name)) {
    throw new UsageError(`unknown preset "${name}"`, knownNames(name, Object.keys(PRESETS), 'presets'));
  }
  return PRESETS[name as PresetName];
}
