/** The state and the small helper operations that all parts of the lowering share. */

import type { Shape } from '../nn/types.js';
import { type Buffer, type Place, roundUp } from './buffers.js';
import { PANEL, WINOGRAD_POSITIONS } from './constants.js';
import type { OpArguments, OpName } from './ops.js';
import type { ProgramBuilder } from './program.js';
import { imageTiles } from './tiling.js';
import { NO_VIEW, type ParameterRef, plainView, type Value } from './values.js';

/** The program being built, the mode, and the location of parameters in the arena. */
export interface LoweringContext {
  readonly builder: ProgramBuilder;
  readonly batch: number;
  /** Null in evaluation mode. */
  readonly training: {
    /** Location of this step's update rate of the running statistics. */
    readonly runningRate: Place;
    /** Location of this step's dropout key (two words). */
    readonly dropoutKey: Place;
  } | null;
  /** Weight and gradient of a parameter. Also returns running statistics; their gradient is unused. */
  parameter(name: string): ParameterRef;
}

type PackOp = Extract<OpName, `pack${string}`>;

export class Emitter {
  /** One closure per forward operation that emits its backward pass. */
  readonly tape: (() => void)[] = [];

  constructor(readonly env: LoweringContext) {}

  /** A temporary buffer for a batch of activations of this shape. */
  activation(label: string, shape: Shape): Buffer {
    return this.env.builder.temporary(label, this.env.batch * shape[0] * shape[1] * shape[2]);
  }

  /** The size arguments of operations that work image by image. */
  imageSizes(value: Value): { images: number; hw: number; channels: number; tiles: number } {
    const { batch } = this.env;
    return { images: batch, hw: value.pixels, channels: value.channels, tiles: imageTiles(batch) };
  }

  /** Emits a copy of a plain value's buffer. */
  copyOf(buffer: Buffer, value: Value): Buffer {
    const copy = this.activation('gradient', value.shape);
    this.env.builder.emit('add', 'gradient', {
      ...this.imageSizes(value),
      first: plainView(buffer),
      second: NO_VIEW,
      output: copy,
    });
    return copy;
  }

  /** Emits the sum of two plain buffers of a value's shape. */
  sumOf(first: Buffer, second: Buffer, value: Value): Buffer {
    const sum = this.activation('gradient', value.shape);
    this.env.builder.emit('add', 'gradient', {
      ...this.imageSizes(value),
      first: plainView(first),
      second: plainView(second),
      output: sum,
    });
    return sum;
  }

  /** Packs weights [taps, rows, columns] in panels of columns, for a matrix product (kernels/pack.h). */
  packForward(label: string, taps: number, rows: number, columns: number, weights: Place): Buffer {
    return this.pack('packForward', label, taps * rows, columns, { taps, rows, columns, weights });
  }

  /** Packs weights [kernel, kernel, rows, columns] in panels of rows, for the input gradient. */
  packBackward(
    label: string,
    kernel: number,
    stride: number,
    rows: number,
    columns: number,
    weights: Place,
  ): Buffer {
    const args = { kernel, stride, rows, columns, weights };
    return this.pack('packBackward', label, kernel ** 2 * columns, rows, args);
  }

  /**
   * Transforms 3x3 weights for Winograd's algorithm and packs them in panels (kernels/winograd.h).
   * The backward variant is for the input gradient.
   */
  packWinograd(
    op: 'packWinogradForward' | 'packWinogradBackward',
    label: string,
    rows: number,
    columns: number,
    weights: Place,
  ): Buffer {
    const [k, n] = op === 'packWinogradForward' ? [rows, columns] : [columns, rows];
    return this.pack(op, label, WINOGRAD_POSITIONS * k, n, { rows, columns, weights });
  }

  /**
   * Emits the packing of a matrix [rows, columns]: in every step for training, once after loading for
   * evaluation.
   */
  private pack<N extends PackOp>(
    op: N,
    label: string,
    rows: number,
    columns: number,
    args: Omit<OpArguments<N>, 'packed'>,
  ): Buffer {
    const { builder, training } = this.env;
    const floats = rows * roundUp(columns, PANEL);
    const packed = training
      ? builder.temporary(`${label}.packed`, floats)
      : builder.persistent(`${label}.packed`, floats);
    const all = { ...args, packed } as unknown as OpArguments<N>;
    if (training) builder.emit(op, label, all);
    else builder.emitPrepare(op, label, all);
    return packed;
  }

  /**
   * A buffer for partial sums of a weight gradient, and the operation that adds them up. A single tile writes
   * the gradient directly.
   */
  partials(label: string, count: number, stride: number, tiles: number, parameter: ParameterRef) {
    if (tiles === 1) return { target: parameter.gradient, reduce: () => {} };
    const partials = this.env.builder.temporary(`${label}.partials`, tiles * stride);
    return {
      target: partials,
      reduce: () =>
        this.env.builder.emit('reduce', label, {
          count,
          parts: tiles,
          stride,
          partials,
          output: parameter.gradient,
        }),
    };
  }
}
