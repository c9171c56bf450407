/**
 * Names and numbers shared by the kernels and the lowering. `npm run build:ops` writes them to kernels/ops.h.
 */

import { AUGMENT } from '../data/augment-record.js';
import type { Activation } from '../nn/types.js';
import { LINE } from './buffers.js';
import { OPTIMIZER_KINDS } from './optimizers.js';

/** The activation that a view applies; `none` if no activation is pending. */
export type ViewActivation = 'none' | Activation;

/**
 * Choices among names. A name's index in its list is its code.
 *
 * `TargetMode` is how a kernel returns an input gradient:
 * - `skip`: it is not needed;
 * - `plain`: it is stored;
 * - `accumulate`: it is added to the stored gradient;
 * - `activationBackward`: it is propagated through the input's activation, and the sums for the batch norm
 *   below are taken;
 * - `gated`: it is stored, and the gradient of the input's gate is computed from it.
 */
export const CHOICES = {
  Activation: ['none', 'relu', 'silu', 'hard-swish', 'sigmoid', 'hard-sigmoid'],
  TargetMode: ['skip', 'plain', 'accumulate', 'activationBackward', 'gated'],
  Loss: ['mse', 'cosine'],
  LabelLoss: ['softmax', 'cosine-softmax', 'ranking'],
  Optimizer: OPTIMIZER_KINDS,
} as const satisfies Record<string, readonly string[]> & { Activation: readonly ViewActivation[] };

export type ChoiceName = keyof typeof CHOICES;
export type Choice<C extends ChoiceName> = (typeof CHOICES)[C][number];

/**
 * The operations that compute each loss: one against target vectors, one over labels. A loss with both has
 * two heads: the first outputs predict a vector, the others a score per label.
 */
export const LOSS_PARTS = {
  mse: { vectors: 'mse', labels: null },
  cosine: { vectors: 'cosine', labels: null },
  softmax: { vectors: null, labels: 'softmax' },
  'cosine-softmax': { vectors: null, labels: 'cosine-softmax' },
  ranking: { vectors: null, labels: 'ranking' },
  joint: { vectors: 'mse', labels: 'softmax' },
} as const satisfies { readonly [K in Choice<'Loss'>]: { readonly vectors: K; readonly labels: null } } & {
  readonly [K in Choice<'LabelLoss'>]: { readonly vectors: null; readonly labels: K };
} & Record<string, LossParts>;

export interface LossParts {
  readonly vectors: Choice<'Loss'> | null;
  readonly labels: Choice<'LabelLoss'> | null;
}

export type LossKind = keyof typeof LOSS_PARTS;
export const LOSS_KINDS = Object.keys(LOSS_PARTS) as LossKind[];

/** Indices of the scalars that change from step to step. */
export const DYNAMIC = {
  learningRate: 0,
  /** 1 / (1 - beta1^t) and 1 / (1 - beta2^t) of Adam. */
  correction1: 1,
  correction2: 2,
  /** Update rates of the network's moving averages (`ema`) and of batch norm's running statistics. */
  averageRate: 3,
  runningRate: 4,
  /** The step's dropout key: two adjacent words. */
  dropoutKeyLow: 5,
  dropoutKeyHigh: 6,
} as const;
export const DYNAMIC_FIELDS = Object.keys(DYNAMIC).length;

/** Records whose fields are accessed by index. */
export const RECORDS = { Dynamic: DYNAMIC, Augment: AUGMENT } as const;

/** Gradient clipping sums squares in blocks of this many gradients. */
export const CLIP_BLOCK = 16384;
/** Packed weights are padded to panels of this many columns, for every instruction set. */
export const PANEL = 32;

/** Side of the output block of Winograd's convolution (kernels/winograd.h). */
export const WINOGRAD_BLOCK = 4;
/** Points per block in the transformed domain: as many as the inputs under a 3x3 window over the block. */
export const WINOGRAD_POSITIONS = (WINOGRAD_BLOCK + 2) ** 2;

export const NUMBERS = { LINE, CLIP_BLOCK, PANEL, WINOGRAD_POSITIONS } as const;
