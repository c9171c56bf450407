/**
 * MicroNet: Kim, Yun, Lee, Lee, Bae, Yun, "Efficient Model for Image Classification With Regularization
 * Tricks", PMLR 123:13-26, 2020 (team KAIST in the NeurIPS 2019 MicroNet challenge), the authors' first
 * version. It was designed for CIFAR-100 and trained there without pretraining. It has 464,918 parameters
 * with 100 outputs.
 *
 * One difference from the authors' code: in blocks of stride 2 they compute the squeeze-excite gate but do
 * not apply it; Lexel applies it. As in their code, the gate is a logistic sigmoid (without parameters),
 * batch norm's momentum is 0.01, and the multipliers round down, do not change the stem, and repeat only
 * blocks of stride 1.
 */

import { convNorm, head, invertedBottleneck } from './blocks.js';
import { checkOptions, type NetworkOptions } from './options.js';
import type { Layer, Network } from './types.js';

/** Channels, number of blocks, stride of the first block. */
const STAGES: readonly (readonly [number, number, 1 | 2])[] = [
  [16, 2, 1],
  [32, 1, 2],
  [32, 1, 1],
  [48, 3, 1],
  [72, 1, 2],
  [72, 4, 1],
  [80, 1, 2],
  [88, 2, 1],
  [106, 1, 1],
];
const STEM = 32;
const EXPANSION = 3;
const NORM = { epsilon: 1e-5, momentum: 0.01 };

/**
 * Builds MicroNet for images of `size` x `size` x 3. The side of the last feature map is an eighth of `size`.
 * Default dropout 0.3.
 * @throws UsageError for an invalid option
 */
export function micronet(options: NetworkOptions): Network {
  const { outputs, size, width, depth, dropout } = checkOptions('micronet', options, 0.3);
  const activation = 'hard-swish';
  const layers: Layer[] = convNorm('stem', { out: STEM, kernel: 3, activation }, NORM);
  let input = STEM;
  let index = 0;
  for (const [channels, blocks, firstStride] of STAGES) {
    const out = Math.max(1, Math.floor(channels * width));
    const repeats = firstStride === 1 ? Math.max(1, Math.floor(blocks * depth)) : blocks;
    for (let i = 0; i < repeats; i++) {
      const block = {
        input,
        out,
        expansion: EXPANSION,
        kernel: 3,
        stride: i === 0 ? firstStride : 1,
        activation,
        squeeze: { hidden: Math.max(1, Math.floor(out / 4)), on: 'projection' },
        projectedShortcut: 'conv',
      } as const;
      layers.push(...invertedBottleneck(`blocks.${index++}`, block, NORM));
      input = out;
    }
  }
  layers.push(...head(outputs, dropout));
  return { name: 'micronet', size, layers, outputs };
}
