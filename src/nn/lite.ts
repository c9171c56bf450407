/**
 * The `lite` family: small networks for full cross-validation on a laptop. All share one description, so
 * candidates differ only in numbers. On a CPU the speed depends not only on the amount of arithmetic but on
 * how dense it is, so the family has dense 3x3 blocks as well as depthwise ones.
 */

import { UsageError } from '../util/errors.js';
import { convNorm, head, invertedBottleneck, type NormOptions } from './blocks.js';
import { roundChannels } from './efficientnet.js';
import { checkOptions, type NetworkOptions } from './options.js';
import type { Activation, Layer, Network } from './types.js';

/**
 * - dense: two 3x3 convolutions and a residual, with an activation after the sum (He et al., "Deep residual
 *   learning", CVPR 2016)
 * - plain: one 3x3 convolution without residual
 * - fused: a 3x3 convolution to `expansion` times the channels, then a 1x1 projection (Tan & Le,
 *   "EfficientNetV2", ICML 2021)
 * - depthwise: the inverted bottleneck with a depthwise 3x3 convolution
 */
export type LiteBlock = 'dense' | 'plain' | 'fused' | 'depthwise';

export interface LiteStage {
  readonly channels: number;
  readonly blocks: number;
  readonly kind: LiteBlock;
  /** Expansion factor inside a fused or depthwise block. Default 3. */
  readonly expansion?: number;
  /** Stride of the stage's first block. Default 1. */
  readonly stride?: 1 | 2;
}

export interface LiteFamily {
  readonly stem: { readonly channels: number; readonly kernel: 3 | 5; readonly stride: 1 | 2 };
  readonly stages: readonly LiteStage[];
  /**
   * Whether every block's output has squeeze-excite, with a quarter of the channels as hidden width. Default
   * false.
   */
  readonly squeeze?: boolean;
  /** Channels of a final 1x1 convolution before the pool; 0 omits it. Default 0. */
  readonly head?: number;
  /** Default 'relu', which is the cheapest. */
  readonly activation?: Activation;
}

const NORM: NormOptions = { epsilon: 1e-5, momentum: 0.05 };

/**
 * Builds a member of the family for images of `size` x `size` x 3. Default dropout 0.
 * `width` scales every channel count (rounded to multiples of 8), `depth` the block count of every stage
 * (rounded, at least one).
 * @throws UsageError for an invalid option
 */
export function liteFamily(family: LiteFamily, options: NetworkOptions, name = 'lite'): Network {
  const { outputs, size, width, depth, dropout } = checkOptions(name, options, 0);
  const activation = family.activation ?? 'relu';
  const squeeze = family.squeeze ?? false;
  let input = roundChannels(family.stem.channels, width);
  const { kernel, stride } = family.stem;
  const layers: Layer[] = convNorm('stem', { out: input, kernel, stride, activation }, NORM);
  let index = 0;
  for (const stage of family.stages) {
    const out = roundChannels(stage.channels, width);
    const repeats = Math.max(1, Math.round(stage.blocks * depth));
    for (let i = 0; i < repeats; i++) {
      const first = i === 0 ? (stage.stride ?? 1) : 1;
      const common = { input, out, stride: first, expansion: stage.expansion ?? 3, activation, squeeze };
      layers.push(...BLOCKS[stage.kind](`blocks.${index++}`, common));
      input = out;
    }
  }
  if (family.head) {
    layers.push(...convNorm('head', { out: roundChannels(family.head, width), kernel: 1, activation }, NORM));
  }
  layers.push(...head(outputs, dropout));
  return { name, size, layers, outputs };
}

interface BlockOptions {
  readonly input: number;
  readonly out: number;
  readonly stride: 1 | 2;
  readonly expansion: number;
  readonly activation: Activation;
  readonly squeeze: boolean;
}

const BLOCKS: Record<LiteBlock, (path: string, options: BlockOptions) => Layer[]> = {
  plain: (path, { out, stride, activation, squeeze }) => [
    ...convNorm(path, { out, kernel: 3, stride, activation }, NORM),
    ...gate(path, out, squeeze),
  ],
  dense: (path, { input, out, stride, activation, squeeze }) => {
    const body = [
      ...convNorm(`${path}.first`, { out, kernel: 3, stride, activation }, NORM),
      ...convNorm(`${path}.second`, { out, kernel: 3 }, NORM),
      ...gate(path, out, squeeze),
    ];
    const same = input === out && stride === 1;
    const shortcut = same ? [] : convNorm(`${path}.shortcut`, { out, kernel: 1, stride }, NORM);
    return [
      { type: 'residual', name: path, body, shortcut },
      { type: 'activation', fn: activation },
    ];
  },
  fused: (path, { input, out, stride, expansion, activation, squeeze }) => {
    const wide = Math.max(1, Math.floor(input * expansion));
    const body = [
      ...convNorm(`${path}.expand`, { out: wide, kernel: 3, stride, activation }, NORM),
      ...convNorm(`${path}.project`, { out, kernel: 1 }, NORM),
      ...gate(path, out, squeeze),
    ];
    return input === out && stride === 1 ? [{ type: 'residual', name: path, body, shortcut: [] }] : body;
  },
  depthwise: (path, { input, out, stride, expansion, activation, squeeze }) => {
    const se = squeeze ? ({ hidden: quarter(out), on: 'projection' } as const) : undefined;
    return invertedBottleneck(
      path,
      { input, out, expansion, kernel: 3, stride, activation, squeeze: se },
      NORM,
    );
  },
};

const quarter = (channels: number) => Math.max(1, Math.floor(channels / 4));

function gate(path: string, out: number, squeeze: boolean): Layer[] {
  if (!squeeze) return [];
  return [
    {
      type: 'squeeze-excite',
      name: `${path}.squeeze`,
      hidden: quarter(out),
      activation: 'relu',
      gate: 'sigmoid',
    },
  ];
}

/** Candidates of 3 to 5 M multiply-adds at 32 x 32, for comparison by measurement. */
export const LITE_CANDIDATES: Readonly<Record<string, LiteFamily>> = {
  /** Thin dense residual network that works at half resolution from the first stage on. */
  'lite-a': {
    stem: { channels: 16, kernel: 3, stride: 2 },
    stages: [
      { channels: 16, blocks: 1, kind: 'dense' },
      { channels: 32, blocks: 1, kind: 'dense', stride: 2 },
      { channels: 64, blocks: 2, kind: 'dense', stride: 2 },
    ],
  },
  /** Plain dense network, wide and shallow: the least overhead per operation. */
  'lite-b': {
    stem: { channels: 16, kernel: 3, stride: 2 },
    stages: [
      { channels: 32, blocks: 1, kind: 'plain', stride: 2 },
      { channels: 64, blocks: 1, kind: 'plain' },
      { channels: 96, blocks: 1, kind: 'plain', stride: 2 },
      { channels: 96, blocks: 1, kind: 'plain' },
    ],
    head: 256,
  },
  /** Inverted bottlenecks with early down-sampling: MicroNet's shape with a ninth of its arithmetic. */
  'lite-c': {
    stem: { channels: 16, kernel: 3, stride: 2 },
    stages: [
      { channels: 16, blocks: 1, kind: 'depthwise' },
      { channels: 32, blocks: 2, kind: 'depthwise', stride: 2 },
      { channels: 64, blocks: 3, kind: 'depthwise', stride: 2 },
      { channels: 96, blocks: 2, kind: 'depthwise' },
    ],
    squeeze: true,
    activation: 'hard-swish',
  },
  /** Dense blocks where maps are large and channels few, depthwise blocks where channels are many. */
  'lite-d': {
    stem: { channels: 16, kernel: 3, stride: 2 },
    stages: [
      { channels: 24, blocks: 2, kind: 'fused', expansion: 2, stride: 2 },
      { channels: 64, blocks: 3, kind: 'depthwise', stride: 2 },
      { channels: 96, blocks: 2, kind: 'depthwise' },
    ],
    squeeze: true,
    head: 256,
    activation: 'hard-swish',
  },
  /** Dense residual network with a 5x5 stem, quarter resolution by the second stage, and a wide head. */
  'lite-e': {
    stem: { channels: 24, kernel: 5, stride: 2 },
    stages: [
      { channels: 32, blocks: 1, kind: 'dense', stride: 2 },
      { channels: 64, blocks: 2, kind: 'dense', stride: 2 },
      { channels: 96, blocks: 1, kind: 'dense', stride: 2 },
    ],
    head: 384,
  },
  /** `lite-e` with squeeze-excite and SiLU, to measure the effect of smooth, gated units. */
  'lite-f': {
    stem: { channels: 16, kernel: 3, stride: 2 },
    stages: [
      { channels: 32, blocks: 1, kind: 'dense', stride: 2 },
      { channels: 64, blocks: 2, kind: 'dense', stride: 2 },
      { channels: 128, blocks: 1, kind: 'dense', stride: 2 },
    ],
    squeeze: true,
    activation: 'silu',
  },
  /** `lite-b` with a smooth activation, to measure its effect on a plain network. */
  'lite-g': {
    stem: { channels: 16, kernel: 3, stride: 2 },
    stages: [
      { channels: 32, blocks: 1, kind: 'plain', stride: 2 },
      { channels: 64, blocks: 1, kind: 'plain' },
      { channels: 96, blocks: 1, kind: 'plain', stride: 2 },
      { channels: 96, blocks: 1, kind: 'plain' },
    ],
    head: 256,
    activation: 'hard-swish',
  },
  /**
   * `lite-b` with one layer less and wider layers: channels in multiples of the vector width, and the widest
   * head.
   */
  'lite-h': {
    stem: { channels: 32, kernel: 3, stride: 2 },
    stages: [
      { channels: 32, blocks: 1, kind: 'plain', stride: 2 },
      { channels: 64, blocks: 1, kind: 'plain' },
      { channels: 128, blocks: 1, kind: 'plain', stride: 2 },
    ],
    head: 512,
  },
};

/**
 * The candidate that the name `lite` stands for. It has the fewest parameters and, on rotation 4 at 25
 * epochs, the highest centred cosine and hit@1 among held-out labels, at nearly the shortest time per step
 * (table in docs/RESULTS.md).
 */
export const LITE_DEFAULT = 'lite-a';

/**
 * Builds `lite` or one of {@link LITE_CANDIDATES} by name.
 * @throws UsageError if there is no such candidate
 */
export function lite(options: NetworkOptions, name = 'lite'): Network {
  const family = LITE_CANDIDATES[name === 'lite' ? LITE_DEFAULT : name];
  if (!family) {
    throw new UsageError(
      `no network "${name}"`,
      `available: lite, ${Object.keys(LITE_CANDIDATES).join(', ')}`,
    );
  }
  return liteFamily(family, options, name);
}
