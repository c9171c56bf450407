/** What every part of a lowering shares: the program being built, and the small operations around the large ones. */

import type { Shape } from '../nn/index.js';
import { type Buffer, type Place, roundUp } from './buffers.js';
import { PANEL, WINOGRAD_POSITIONS } from './constants.js';
import type { OpArguments } from './ops.js';
import type { ProgramBuilder } from './program.js';
import { imageTiles } from './tiling.js';
import { NO_VIEW, type ParameterRef, plainView, type Value } from './values.js';

/** What a lowering works with: the program, the mode, and where parameters lie in the arena. */
export interface LoweringContext {
  readonly builder: ProgramBuilder;
  readonly batch: number;
  /** Null in evaluation mode. */
  readonly training: {
    /** Rate of the running statistics in this step (a scalar in the arena). */
    readonly runningRate: Place;
    /** Two words: this step's dropout key. */
    readonly dropoutKey: Place;
  } | null;
  /** Weight and gradient of a parameter; running statistics by the same call (their gradient is unused). */
  parameter(name: string): ParameterRef;
}

export class Emitter {
  /** For each forward operation, what emits its backward pass. */
  readonly tape: (() => void)[] = [];

  constructor(readonly env: LoweringContext) {}

  /** A temporary buffer for a batch of values of this shape. */
  activation(label: string, shape: Shape): Buffer {
    return this.env.builder.temporary(label, this.env.batch * shape[0] * shape[1] * shape[2]);
  }

  /** Sizes of the operations that go image by image. */
  imageSizes(value: Value): { images: number; hw: number; channels: number; tiles: number } {
    const { batch } = this.env;
    return { images: batch, hw: value.pixels, channels: value.channels, tiles: imageTiles(batch) };
  }

  /** A copy of a plain value's buffer. */
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

  /** The sum of two plain buffers of a value's shape. */
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

  /** Weights [taps, rows, columns] in panels of columns, for a matrix product (kernels/pack.h). */
  packForward(label: string, taps: number, rows: number, columns: number, weights: Place): Buffer {
    const packed = this.derived(`${label}.packed`, taps * rows * roundUp(columns, PANEL));
    this.derive('packForward', label, { taps, rows, columns, weights, packed });
    return packed;
  }

  /** Weights [kernel, kernel, rows, columns] in panels of rows, for the input gradient. */
  packBackward(
    label: string,
    kernel: number,
    stride: number,
    rows: number,
    columns: number,
    weights: Place,
  ): Buffer {
    const packed = this.derived(`${label}.packed`, kernel ** 2 * columns * roundUp(rows, PANEL));
    this.derive('packBackward', label, { kernel, stride, rows, columns, weights, packed });
    return packed;
  }

  /** 3x3 weights at Winograd's positions (kernels/winograd.h). */
  winogradWeights(label: string, rows: number, columns: number, weights: Place): Buffer {
    const output = this.derived(`${label}.positions`, WINOGRAD_POSITIONS * rows * columns);
    this.derive('winogradWeights', label, { rows, columns, weights, output });
    return output;
  }

  /** A buffer for what follows from weights, and the operation that fills it: once a step when training, once after loading when not. */
  private derived(label: string, floats: number): Buffer {
    const { builder, training } = this.env;
    return training ? builder.temporary(label, floats) : builder.persistent(label, floats);
  }
  private derive<N extends 'packForward' | 'packBackward' | 'winogradWeights'>(
    op: N,
    label: string,
    args: OpArguments<N>,
  ): void {
    const { builder, training } = this.env;
    if (training) builder.emit(op, label, args);
    else builder.emitPrepare(op, label, args);
  }

  /** Partial sums of a weight gradient, and what adds them up; one tile writes the gradient itself. */
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
