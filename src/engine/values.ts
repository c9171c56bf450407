/**
 * Values while a network is being lowered. A convolution's raw output is stored once; batch norm, activation and
 * squeeze-excite gate stay pending until a reader applies them while it reads (kernels/view.h).
 */

import type { Activation, Shape } from '../nn/index.js';
import type { Arg, Buffer, Ref } from './program.js';

/** Codes of kernels/activation.h. */
export const ACTIVATION: Record<Activation, number> = {
  relu: 1,
  silu: 2,
  'hard-swish': 3,
  sigmoid: 4,
  'hard-sigmoid': 5,
};
export const NO_ACTIVATION = 0;

/** A batch norm that its value's readers apply as scale * x + shift. */
export interface Norm {
  readonly layer: string;
  readonly scale: Buffer;
  readonly shift: Buffer;
  /** Batch statistics, kept for the backward pass (training only). */
  readonly mean: Buffer | null;
  readonly inverse: Buffer | null;
  /** Partial sums of du and du * (x - mean), and how many tiles made them; set by the reader's backward pass. */
  gradSums?: { partial: Buffer; tiles: number };
}

/** A squeeze-excite gate [N, C] and what its backward pass needs. */
export interface Gate {
  readonly layer: string;
  readonly hidden: number;
  readonly inner: number;
  readonly outer: number;
  readonly pooled: Buffer;
  readonly u1: Buffer;
  readonly h: Buffer;
  readonly u2: Buffer;
  readonly gate: Buffer;
  /** Gradient of the gate, when a convolution's backward pass has made it. */
  gradient?: Buffer;
}

/** Where a value's gradient stands. */
export type Gradient =
  /** With respect to the value as read, from a sum (shared with the sum's other operand). */
  | { kind: 'sum'; buffer: Buffer }
  /** With respect to the value as read, owned. */
  | { kind: 'value'; buffer: Buffer }
  /** With respect to the input of the activation, its batch norm's sums taken. */
  | { kind: 'before-activation'; buffer: Buffer }
  /** Of the mean over pixels, [N, C]. */
  | { kind: 'pooled'; buffer: Buffer };

export class Value {
  norm?: Norm;
  act = NO_ACTIVATION;
  gate?: Gate;
  gradient?: Gradient;
  /** Emits the forward operation again: the backward pass reads its output then, and it need not be kept till then. */
  recompute?: () => Buffer;
  constructor(
    /** Holds the raw output; another buffer once it has been recomputed. */
    public x: Buffer,
    readonly shape: Shape,
    /** False for the network's input. */
    readonly differentiable = true,
  ) {}

  get channels(): number {
    return this.shape[2];
  }
  get pixels(): number {
    return this.shape[0] * this.shape[1];
  }
  /** Nothing pending: the buffer holds the value itself. */
  get plain(): boolean {
    return !this.norm && !this.gate && this.act === NO_ACTIVATION;
  }
  /** Arguments of a view (kernels/view.h). */
  view({ gate = true } = {}): Arg[] {
    return [
      this.x,
      this.norm?.scale ?? null,
      this.norm?.shift ?? null,
      (gate && this.gate?.gate) || null,
      this.act,
    ];
  }
}

/** Arguments of no view at all. */
export const NO_VIEW: Arg[] = [null, null, null, null, NO_ACTIVATION];

/** The gradient of a raw output, formed from `du` and, behind a batch norm, x. */
export interface GradView {
  readonly du: Buffer;
  readonly x: Buffer;
  readonly coefficients: Buffer | null;
}
export const gradArgs = (g: GradView): Arg[] => [g.du, g.coefficients ? g.x : null, g.coefficients];

/** Modes of kernels/epilogue.h. */
export const TARGET = { skip: 0, plain: 1, accumulate: 2, activationBackward: 3, gated: 4 } as const;

export type ParameterRef = { weight: Ref; gradient: Ref };
