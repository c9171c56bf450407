/** Names and numbers that kernels and lowering share. `npm run build:ops` writes them into kernels/ops.h. */

import { AUGMENT } from '../data/augment-record.js';
import type { Activation } from '../nn/index.js';
import { LINE } from './buffers.js';
import { OPTIMIZER_KINDS } from './optimizers.js';

/** What a view applies; `none` where no activation is pending. */
export type ViewActivation = 'none' | Activation;

/**
 * Choices among names. A name's place in its list is its code.
 *
 * - `TargetMode` is what becomes of an input gradient: nobody needs it (`skip`), it is stored (`plain`) or added to what is
 *   there (`accumulate`); or it goes back through the input's activation, with the sums for the batch norm below
 *   (`activationBackward`), or is stored and gives the gradient of the input's gate (`gated`).
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
 * The operations that a loss is made of: one against target vectors, one over labels. Where it has both, the first outputs
 * answer with a vector and the others with a score for every label.
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

/** Places of the scalars that change from step to step. */
export const DYNAMIC = {
  learningRate: 0,
  /** 1 / (1 - beta1^t) and 1 / (1 - beta2^t) of Adam. */
  correction1: 1,
  correction2: 2,
  /** Rates of the averages of a whole network (`ema`), and of batch norm's running statistics. */
  averageRate: 3,
  runningRate: 4,
  /** The key of the step's dropout draws: two words that stand together. */
  dropoutKeyLow: 5,
  dropoutKeyHigh: 6,
} as const;
export const DYNAMIC_FIELDS = Object.keys(DYNAMIC).length;

/** Records whose fields are known by their places. */
export const RECORDS = { Dynamic: DYNAMIC, Augment: AUGMENT } as const;

/** Gradients whose squares are summed together when their norm is clipped. */
export const CLIP_BLOCK = 16384;
/** Packed weights have room for panels of this many columns, whatever the width of an instruction set's panels. */
export const PANEL = 32;

/** Outputs of a block of Winograd's convolution, down and across (kernels/winograd.h). */
export const WINOGRAD_BLOCK = 4;
/** Positions at which it multiplies: as many as the inputs that a block reads through a 3x3 window. */
export const WINOGRAD_POSITIONS = (WINOGRAD_BLOCK + 2) ** 2;

export const NUMBERS = { LINE, CLIP_BLOCK, PANEL, WINOGRAD_POSITIONS } as const;
