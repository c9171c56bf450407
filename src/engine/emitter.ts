/** What every part of a lowering shares: the program being built, and the small operations around the large ones. */

import type { Shape } from '../nn/index.js';
import { type Arg, type Buffer, type ProgramBuilder, roundUp } from './program.js';
import { imageTiles } from './tiling.js';
import { NO_ACTIVATION, NO_VIEW, type ParameterRef, type Value } from './values.js';

/** What a lowering works with: the program, the mode, and where parameters lie in the arena. */
export interface LoweringContext {
  readonly builder: ProgramBuilder;
  readonly batch: number;
  readonly training: boolean;
  /** Weight and gradient of a parameter; running statistics by the same call (their gradient is unused). */
  parameter(name: string): ParameterRef;
  /** Rate of the running statistics in this step (a scalar in the arena). */
  readonly runningRate: Arg;
  /** Two words: this step's dropout key. */
  readonly dropoutKey: Arg;
}

export class Emitter {
  /** Scratch that one thread needs, in floats. */
  scratch = 0;
  /** For each forward operation, what emits its backward pass. */
  readonly tape: (() => void)[] = [];

  constructor(readonly env: LoweringContext) {}

  /** A temporary buffer for a batch of values of this shape. */
  activation(label: string, shape: Shape): Buffer {
    return this.env.builder.temporary(label, this.env.batch * shape[0] * shape[1] * shape[2]);
  }

  /** images, pixels, channels, tiles: how the operations that go image by image begin. */
  imageArgs(value: Value): Arg[] {
    return [this.env.batch, value.pixels, value.channels, imageTiles(this.env.batch)];
  }

  needScratch(floats: number): void {
    this.scratch = Math.max(this.scratch, roundUp(floats) + 64);
  }

  /** A copy of a plain value's buffer. */
  copyOf(buffer: Buffer, value: Value): Buffer {
    const copy = this.activation('gradient', value.shape);
    this.env.builder.emit('add', 'gradient', [
      ...this.imageArgs(value),
      ...plainView(buffer),
      ...NO_VIEW,
      copy,
    ]);
    return copy;
  }

  /** The sum of two plain buffers of a value's shape. */
  sumOf(first: Buffer, second: Buffer, value: Value): Buffer {
    const sum = this.activation('gradient', value.shape);
    this.env.builder.emit('add', 'gradient', [
      ...this.imageArgs(value),
      ...plainView(first),
      ...plainView(second),
      sum,
    ]);
    return sum;
  }

  /**
   * Weights [taps, rows, columns] in panels for a matrix product (kernels/pack.h); mode 1 transposes them for the input
   * gradient. Once a step when training, once after loading when not.
   */
  pack(label: string, mode: 0 | 1, taps: number, rows: number, columns: number, weight: Arg): Buffer {
    const { builder, training } = this.env;
    const [k, n] = mode === 0 ? [rows, columns] : [columns, rows];
    const floats = taps * k * roundUp(n, 32);
    const args = [mode, taps, rows, columns, weight];
    if (training) {
      const packed = builder.temporary(`${label}.packed`, floats);
      builder.emit('pack', label, [...args, packed]);
      return packed;
    }
    const packed = builder.persistent(`${label}.packed`, floats);
    builder.emitPrepare('pack', label, [...args, packed]);
    return packed;
  }

  /** Partial sums of a weight gradient, and what adds them up; one tile writes the gradient itself. */
  partials(label: string, count: number, stride: number, tiles: number, parameter: ParameterRef) {
    if (tiles === 1) return { target: parameter.gradient, reduce: () => {} };
    const partial = this.env.builder.temporary(`${label}.partials`, tiles * stride);
    return {
      target: partial,
      reduce: () =>
        this.env.builder.emit('reduce', label, [count, tiles, stride, partial, parameter.gradient]),
    };
  }
}

const plainView = (x: Buffer): Arg[] => [x, null, null, null, NO_ACTIVATION];
