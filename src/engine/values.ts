/**
 * Values while a network is being lowered. A convolution's raw output is stored once; batch norm, activation and
 * squeeze-excite gate stay pending until a reader applies them while it reads (kernels/view.h).
 */

import type { Activation, Shape } from '../nn/index.js';
import type { ViewArguments } from './arguments.js';
import type { Buffer, Place } from './buffers.js';
import type { ViewActivation } from './constants.js';

/** A batch norm that its value's readers apply as scale * x + shift. */
export interface Norm {
  readonly layer: string;
  readonly scale: Buffer;
  readonly shift: Buffer;
  /** Of the batch, kept for the backward pass (training only): mean and inverse deviation. */
  readonly statistics: { readonly mean: Buffer; readonly inverse: Buffer } | null;
  /** Partial sums of du and du * (x - mean), and how many tiles made them; set by the reader's backward pass. */
  gradientSums?: { sums: Buffer; tiles: number };
}

/** A squeeze-excite gate [N, C] and what its backward pass needs. */
export interface Gate {
  readonly layer: string;
  readonly hidden: number;
  readonly activation: Activation;
  readonly gateActivation: Activation;
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
  activation: ViewActivation = 'none';
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
    return !this.norm && !this.gate && this.activation === 'none';
  }
  /** The value as its readers are given it (kernels/view.h). */
  view({ gate = true } = {}): ViewArguments {
    return {
      x: this.x,
      scale: this.norm?.scale ?? null,
      shift: this.norm?.shift ?? null,
      gate: (gate && this.gate?.gate) || null,
      activation: this.activation,
    };
  }
}

/** A view of a buffer that holds the value itself. */
export const plainView = (x: Place): ViewArguments => ({ ...NO_VIEW, x });
/** No view at all. */
export const NO_VIEW = { x: null, scale: null, shift: null, gate: null, activation: 'none' } as const;

export type ParameterRef = { weight: Place; gradient: Place };
