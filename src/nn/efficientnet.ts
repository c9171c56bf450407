/**
 * EfficientNet-B0: Tan & Le, "EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks", ICML
 * 2019, table 1. With 1,000 outputs it has 5,288,548 parameters, as published (torchvision's
 * efficientnet_b0). 4,007,548 of them are before the last layer, so there are 4,135,648 with 100 outputs. The
 * constants of batch norm are those of the paper's code. The original's stochastic depth is left out: at 25
 * epochs it costs more than it gains.
 */

import { convNorm, head, invertedBottleneck } from './blocks.js';
import { checkOptions, type NetworkOptions } from './options.js';
import type { Layer, Network } from './types.js';

/** Expansion, channels, number of blocks, stride of the first block, kernel. */
const STAGES: readonly (readonly [number, number, number, 1 | 2, 3 | 5])[] = [
  [1, 16, 1, 1, 3],
  [6, 24, 2, 2, 3],
  [6, 40, 2, 2, 5],
  [6, 80, 3, 2, 3],
  [6, 112, 3, 1, 5],
  [6, 192, 4, 2, 5],
  [6, 320, 1, 1, 3],
];
const NORM = { epsilon: 1e-3, momentum: 0.01 };

export interface EfficientNetOptions extends NetworkOptions {
  /** 2 as published. 1 keeps four times as many pixels, which helps with small images. Default 2. */
  readonly stemStride?: 1 | 2;
}

/**
 * Builds EfficientNet-B0 for images of `size` x `size` x 3. The side of the last feature map is 1/32 of
 * `size` (1/16 with stem stride 1). Default dropout 0.2. Width and depth multipliers follow the paper's code:
 * channels are rounded to the nearest multiple of 8, but to at least 90 % of the exact value, and repeats are
 * rounded up.
 * @throws UsageError for an invalid option
 */
export function efficientnetB0(options: EfficientNetOptions): Network {
  const { outputs, size, width, depth, dropout } = checkOptions('efficientnet-b0', options, 0.2);
  const stemStride = options.stemStride ?? 2;
  const activation = 'silu';
  let input = roundChannels(32, width);
  const layers: Layer[] = convNorm('stem', { out: input, kernel: 3, stride: stemStride, activation }, NORM);
  let index = 0;
  for (const [expansion, channels, blocks, firstStride, kernel] of STAGES) {
    const out = roundChannels(channels, width);
    const repeats = Math.ceil(blocks * depth);
    for (let i = 0; i < repeats; i++) {
      const stride = i === 0 ? firstStride : 1;
      const squeeze = { hidden: Math.max(1, Math.floor(input / 4)), on: 'depthwise' } as const;
      const block = { input, out, expansion, kernel, stride, activation, squeeze } as const;
      layers.push(...invertedBottleneck(`blocks.${index++}`, block, NORM));
      input = out;
    }
  }
  layers.push(...convNorm('head', { out: roundChannels(1280, width), kernel: 1, activation }, NORM));
  layers.push(...head(outputs, dropout));
  return { name: stemStride === 1 ? 'efficientnet-b0:s1' : 'efficientnet-b0', size, layers, outputs };
}

/**
 * Rounds channels x multiplier to the nearest multiple of 8, at least 8 and at least 90 % of the exact value.
 */
export function roundChannels(channels: number, multiplier: number): number {
  const wanted = channels * multiplier;
  const rounded = Math.max(8, Math.floor((wanted + 4) / 8) * 8);
  return rounded < 0.9 * wanted ? rounded + 8 : rounded;
}
