/**
 * Values during lowering. A convolution stores only its raw output. Batch norm, activation and squeeze-excite
 * gate stay "pending", and each operation that reads the value applies them while reading (kernels/view.h).
 */

import type { Activation, Shape } from '../nn/types.js';
import type { ViewArguments } from './arguments.js';
import type { Buffer, Place } from './buffers.js';
import type { ViewActivation } from './constants.js';

/** A pending batch norm; readers compute scale * x + shift. */
export interface Norm {
  readonly layer: string;
  readonly scale: Buffer;
  readonly shift: Buffer;
  /** Mean and inverse deviation of the batch, kept for the backward pass (training only). */
  readonly statistics: { readonly mean: Buffer; readonly inverse: Buffer } | null;
  /**
   * Partial sums of du and du * (x - mean), and the number of tiles. The backward pass of the value's reader
   * sets them.
   */
  gradientSums?: { sums: Buffer; tiles: number };
}

/** A squeeze-excite gate [N, C] with what its backward pass needs. */
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
  /** Gradient of the gate, set when a convolution's backward pass has computed it. */
  gradient?: Buffer;
}

/** The state of a value's gradient. */
export type Gradient =
  /** With respect to the value as read, from a sum; the buffer is shared with the sum's other operand. */
  | { kind: 'sum'; buffer: Buffer }
  /** With respect to the value as read; the buffer belongs to this value. */
  | { kind: 'value'; buffer: Buffer }
  /** With respect to the activation's input; the sums for the batch norm have been taken. */
  | { kind: 'before-activation'; buffer: Buffer }
  /** With respect to the mean over pixels, [N, C]. */
  | { kind: 'pooled'; buffer: Buffer };

export class Value {
  norm?: Norm;
  activation: ViewActivation = 'none';
  gate?: Gate;
  gradient?: Gradient;
  /** Emits the forward operation again, so that the output need not be kept until the backward pass. */
  recompute?: () => Buffer;
  constructor(
    /** The raw output; recomputing it sets another buffer. */
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
  /** Whether nothing is pending, so that the buffer holds the value itself. */
  get plain(): boolean {
    return !this.norm && !this.gate && this.activation === 'none';
  }
  /** The arguments with which an operation reads this value (kernels/view.h). */
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
/** An absent view. */
export const NO_VIEW = { x: null, scale: null, shift: null, gate: null, activation: 'none' } as const;

export type ParameterRef = { weight: Place; gradient: Place };
