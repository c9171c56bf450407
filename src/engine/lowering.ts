/**
 * From layers to operations, forward and backward together. The walk emits the forward operations and leaves on a
 * tape, for each of them, what emits its backward pass; `backward()` plays the tape in reverse.
 */

import type { Layer, Shape } from '../nn/index.js';
import { LexelError } from '../util/errors.js';
import { type Arg, type Buffer, type ProgramBuilder, roundUp } from './program.js';
import { chunkRows, imageTiles, rowTiles, weightTiles } from './tiling.js';
import {
  ACTIVATION,
  type Gate,
  type GradView,
  gradArgs,
  NO_ACTIVATION,
  NO_VIEW,
  type Norm,
  type ParameterRef,
  TARGET,
  Value,
} from './values.js';

type Conv = Extract<Layer, { type: 'conv' }>;
type BatchNorm = Extract<Layer, { type: 'batch-norm' }>;
type SqueezeExcite = Extract<Layer, { type: 'squeeze-excite' }>;
type Residual = Extract<Layer, { type: 'residual' }>;

/** What a lowering finds in the arena. */
export interface Surroundings {
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

export class Lowering {
  /** Scratch that one thread needs, in floats. */
  scratch = 0;
  private readonly tape: (() => void)[] = [];
  private dropouts = 0;

  constructor(private readonly env: Surroundings) {}

  /** Emits the forward pass of `layers` on `input`. */
  forward(layers: readonly Layer[], input: Value, shared = false): Value {
    let value = input;
    for (let i = 0; i < layers.length; i++) {
      const layer = layers[i];
      // A residual's input has other readers: whatever leaves something pending on it needs a copy.
      if (shared && value === input && layer.type !== 'conv' && layer.type !== 'residual') {
        value = this.materialise(value, 'copy');
      }
      switch (layer.type) {
        case 'conv': {
          const next = layers[i + 1];
          const norm = next?.type === 'batch-norm' ? next : undefined;
          value = this.convolution(layer, value, norm);
          if (norm) i++;
          break;
        }
        case 'batch-norm':
          throw new LexelError(
            `layer ${layer.name}: the engine takes batch norm right after a convolution only`,
            'move it behind the convolution before it',
          );
        case 'activation':
          if (value.gate || value.act !== NO_ACTIVATION) value = this.materialise(value, 'activation');
          value.act = ACTIVATION[layer.fn];
          break;
        case 'squeeze-excite':
          // The gate has weights to learn even where its input has no use for a gradient.
          if (value.gate || !value.differentiable) value = this.materialise(value, layer.name, true);
          value.gate = this.squeezeExcite(layer, value);
          break;
        case 'residual':
          value = this.residual(layer, value);
          break;
        case 'global-average-pool':
          value = this.pool(value);
          break;
        case 'dropout':
          value = this.dropout(layer.rate, value);
          break;
        case 'linear':
          value = this.linear(layer, value);
          break;
      }
    }
    return value;
  }

  /** Emits the backward pass of everything emitted so far. The last value's gradient must be set. */
  backward(): void {
    for (const step of this.tape.reverse()) step();
  }

  /** The value itself in a buffer, with nothing pending. */
  materialise(value: Value, label: string, differentiable = value.differentiable): Value {
    const out = new Value(this.activation(label, value.shape), value.shape, differentiable);
    this.env.builder.emit('merge', label, [...this.imageArgs(value), ...value.view(), ...NO_VIEW, out.x]);
    if (differentiable) this.tape.push(() => this.passOn(value, this.gradientOf(out).du));
    return out;
  }

  private convolution(layer: Conv, input: Value, normLayer: BatchNorm | undefined): Value {
    const { batch, training } = this.env;
    const { out, kernel, stride, depthwise, name } = layer;
    const [height, width, channels] = input.shape;
    const shape: Shape = [Math.ceil(height / stride), Math.ceil(width / stride), out];
    const value = new Value(this.activation(name, shape), shape);
    const pointwise = !depthwise && kernel === 1 && stride === 1;
    const tiles = pointwise ? rowTiles(batch, height * width) : imageTiles(batch);
    const norm = normLayer && this.norm(normLayer, out, tiles);
    const stats: Arg[] = training && norm ? [norm.running, norm.partial] : [null, null];
    const geometry = [batch, height, width, channels, out, kernel, stride];
    const weight = this.env.parameter(`${name}.weight`);
    const taps = kernel * kernel;
    if (pointwise) {
      const chunk = chunkRows(roundUp(channels));
      this.needScratch(chunk * roundUp(channels));
      const packed = this.pack(name, 0, 1, channels, out, weight.weight);
      const emit = (x: Buffer, sums: Arg[]) =>
        this.env.builder.emit('pointwiseForward', name, [
          batch,
          height * width,
          channels,
          out,
          tiles,
          chunk,
          ...input.view(),
          packed,
          null,
          x,
          ...sums,
        ]);
      emit(value.x, stats);
      if (training && worthRecomputing(batch * height * width, channels, out)) {
        value.recompute = () => {
          const again = this.activation(name, shape);
          this.revive(input);
          emit(again, [null, null]);
          return again;
        };
      }
    } else if (depthwise) {
      this.needScratch(depthwiseScratch(layer, input.shape));
      this.env.builder.emit('depthwiseForward', name, [
        ...geometry,
        tiles,
        ...input.view(),
        weight.weight,
        value.x,
        ...stats,
      ]);
    } else {
      this.needScratch((height + kernel - 1) * (width + kernel - 1) * channels);
      const packed = this.pack(name, 0, taps, channels, out, weight.weight);
      this.env.builder.emit('denseForward', name, [
        ...geometry,
        tiles,
        ...input.view(),
        packed,
        value.x,
        ...stats,
      ]);
    }
    if (norm) {
      norm.finish(batch * shape[0] * shape[1]);
      value.norm = norm.norm;
    }
    this.tape.push(() => {
      const gradient = this.gradientOf(value);
      this.revive(input);
      if (pointwise) this.pointwiseBackward(name, input, out, gradient, weight, null);
      else if (depthwise) this.depthwiseBackward(layer, input, gradient, weight, geometry);
      else this.denseBackward(name, input, gradient, weight, geometry);
    });
    return value;
  }

  private linear(layer: Extract<Layer, { type: 'linear' }>, input: Value): Value {
    const { batch } = this.env;
    const { name, out } = layer;
    const value = new Value(this.activation(name, [1, 1, out]), [1, 1, out]);
    const weight = this.env.parameter(`${name}.weight`);
    const bias = this.env.parameter(`${name}.bias`);
    const chunk = chunkRows(roundUp(input.channels));
    this.needScratch(chunk * roundUp(input.channels));
    const packed = this.pack(name, 0, 1, input.channels, out, weight.weight);
    this.env.builder.emit('pointwiseForward', name, [
      batch,
      1,
      input.channels,
      out,
      rowTiles(batch, 1),
      chunk,
      ...input.view(),
      packed,
      bias.weight,
      value.x,
      null,
      null,
    ]);
    this.tape.push(() => this.pointwiseBackward(name, input, out, this.gradientOf(value), weight, bias));
    return value;
  }

  private pointwiseBackward(
    name: string,
    input: Value,
    out: number,
    gradient: GradView,
    weight: ParameterRef,
    bias: ParameterRef | null,
  ): void {
    const { batch, builder } = this.env;
    const { channels, pixels } = input;
    const tiles = weightTiles(rowTiles(batch, pixels), channels * out);
    const chunk = chunkRows(roundUp(channels) + roundUp(out));
    this.needScratch(chunk * (roundUp(channels) + roundUp(out)));
    const packed = input.differentiable ? this.pack(name, 1, 1, channels, out, weight.weight) : null;
    const dw = this.partials(name, channels * out, channels * out, tiles, weight);
    const db = bias && this.partials(name, out, roundUp(out), tiles, bias);
    builder.emit('pointwiseBackward', name, [
      batch,
      pixels,
      channels,
      out,
      tiles,
      chunk,
      ...input.view(),
      ...gradArgs(gradient),
      packed,
      dw.target,
      db?.target ?? null,
      ...this.target(input, name, tiles),
    ]);
    dw.reduce();
    db?.reduce();
  }

  private denseBackward(
    name: string,
    input: Value,
    gradient: GradView,
    weight: ParameterRef,
    geometry: number[],
  ): void {
    const [batch, height, width, channels, out, kernel, stride] = geometry;
    const taps = kernel * kernel;
    const padded = (height + kernel - 1) * (width + kernel - 1);
    const pixels = Math.ceil(height / stride) * Math.ceil(width / stride);
    const tiles = weightTiles(imageTiles(batch), taps * channels * out);
    this.needScratch(roundUp(padded * channels) + roundUp(pixels * out) + roundUp(padded * out) + 128);
    const packed = input.differentiable ? this.pack(name, 1, taps, channels, out, weight.weight) : null;
    const dw = this.partials(name, taps * channels * out, taps * channels * out, tiles, weight);
    this.env.builder.emit('denseBackward', name, [
      ...geometry,
      tiles,
      ...input.view(),
      ...gradArgs(gradient),
      packed,
      dw.target,
      ...this.target(input, name, tiles),
    ]);
    dw.reduce();
  }

  private depthwiseBackward(
    layer: Conv,
    input: Value,
    gradient: GradView,
    weight: ParameterRef,
    geometry: number[],
  ): void {
    const { name, kernel } = layer;
    const count = kernel * kernel * input.channels;
    const tiles = imageTiles(this.env.batch);
    this.needScratch(depthwiseScratch(layer, input.shape));
    const flipped = this.env.builder.temporary(`${name}.flipped`, count);
    const dw = this.partials(name, count, roundUp(count), tiles, weight);
    this.env.builder.emit('depthwiseBackward', name, [
      ...geometry,
      tiles,
      ...input.view(),
      ...gradArgs(gradient),
      weight.weight,
      flipped,
      dw.target,
      ...this.target(input, name, tiles),
    ]);
    dw.reduce();
  }

  /** Batch norm behind the operation that is about to be emitted. */
  private norm(layer: BatchNorm, channels: number, tiles: number) {
    const { builder, training } = this.env;
    const { name, epsilon } = layer;
    const ref = (part: string) => this.env.parameter(`${name}.${part}`).weight;
    const make = (part: string, keep: boolean) =>
      keep ? builder.persistent(`${name}.${part}`, channels) : builder.temporary(`${name}.${part}`, channels);
    const norm: Norm = {
      layer: name,
      scale: make('scale', !training),
      shift: make('shift', !training),
      mean: training ? make('mean', false) : null,
      inverse: training ? make('inverse', false) : null,
    };
    const partial = training ? builder.temporary(`${name}.sums`, tiles * 2 * roundUp(channels)) : null;
    const finish = (count: number) => {
      const rest = [norm.scale, norm.shift];
      if (training) {
        builder.emit('normFinish', name, [
          channels,
          tiles,
          count,
          { float: epsilon },
          partial,
          ref('weight'),
          ref('bias'),
          ref('running_mean'),
          ref('running_var'),
          this.env.runningRate,
          norm.mean,
          norm.inverse,
          ...rest,
        ]);
      } else {
        builder.emitPrepare('normEval', name, [
          channels,
          { float: epsilon },
          ref('weight'),
          ref('bias'),
          ref('running_mean'),
          ref('running_var'),
          ...rest,
        ]);
      }
    };
    return { norm, partial, running: ref('running_mean'), finish };
  }

  private squeezeExcite(layer: SqueezeExcite, value: Value): Gate {
    const { builder, batch } = this.env;
    const { name, hidden } = layer;
    const { channels } = value;
    const temporary = (part: string, n: number) => builder.temporary(`${name}.${part}`, batch * n);
    const gate: Gate = {
      layer: name,
      hidden,
      inner: ACTIVATION[layer.activation],
      outer: ACTIVATION[layer.gate],
      pooled: temporary('pooled', channels),
      u1: temporary('u1', hidden),
      h: temporary('h', hidden),
      u2: temporary('u2', channels),
      gate: temporary('gate', channels),
    };
    const ref = (part: string) => this.env.parameter(`${name}.${part}`).weight;
    builder.emit('pool', name, [...this.imageArgs(value), ...value.view(), gate.pooled]);
    builder.emit('exciteForward', name, [
      batch,
      channels,
      hidden,
      excitTiles(batch),
      gate.inner,
      gate.outer,
      gate.pooled,
      ref('fc1.weight'),
      ref('fc1.bias'),
      ref('fc2.weight'),
      ref('fc2.bias'),
      gate.u1,
      gate.h,
      gate.u2,
      gate.gate,
    ]);
    return gate;
  }

  private residual(layer: Residual, input: Value): Value {
    const from = input.plain ? input : this.materialise(input, layer.name);
    const body = this.forward(layer.body, from, true);
    const shortcut = layer.shortcut.length ? this.forward(layer.shortcut, from, true) : from;
    const out = new Value(this.activation(layer.name, body.shape), body.shape);
    this.env.builder.emit('merge', layer.name, [
      ...this.imageArgs(body),
      ...body.view(),
      ...shortcut.view(),
      out.x,
    ]);
    this.tape.push(() => {
      const { du } = this.gradientOf(out);
      this.passOn(body, du);
      // A plain operand adds its other readers' gradients to the one that it gets: it may share `du` with an operand
      // that only reads it and is done before that, which an identity's body is.
      const shares = !shortcut.plain || (!body.plain && layer.shortcut.length === 0);
      this.passOn(shortcut, shares ? du : this.copyOf(du, out));
    });
    return out;
  }

  private pool(input: Value): Value {
    const value = input.gate ? this.materialise(input, 'pool') : input;
    const out = new Value(this.activation('pool', [1, 1, value.channels]), [1, 1, value.channels]);
    this.env.builder.emit('pool', 'pool', [...this.imageArgs(value), ...value.view(), out.x]);
    this.tape.push(() => {
      value.gradient = { kind: 'pooled', buffer: this.gradientOf(out).du };
    });
    return out;
  }

  private dropout(rate: number, input: Value): Value {
    if (!this.env.training || rate === 0) return input;
    const value = input.plain ? input : this.materialise(input, 'dropout');
    const id = this.dropouts++;
    const count = this.env.batch * value.pixels * value.channels;
    const emit = (buffer: Buffer) =>
      this.env.builder.emit('dropout', 'dropout', [count, { float: rate }, id, this.env.dropoutKey, buffer]);
    emit(value.x);
    const out = new Value(value.x, value.shape, value.differentiable);
    if (value.differentiable) {
      this.tape.push(() => {
        const { du } = this.gradientOf(out);
        emit(du);
        this.passOn(value, du);
      });
    }
    return out;
  }

  /** Hands a sum's gradient to one of its operands. */
  private passOn(operand: Value, du: Buffer): void {
    if (!operand.differentiable) return;
    if (!operand.plain) {
      operand.gradient = { kind: 'sum', buffer: du };
    } else if (!operand.gradient) {
      operand.gradient = { kind: 'value', buffer: du };
    } else {
      const sum = this.activation('gradient', operand.shape);
      this.env.builder.emit('merge', 'gradient', [
        ...this.imageArgs(operand),
        ...plainView(operand.gradient.buffer),
        ...plainView(du),
        sum,
      ]);
      operand.gradient = { kind: 'value', buffer: sum };
    }
  }

  private copyOf(buffer: Buffer, value: Value): Buffer {
    const copy = this.activation('gradient', value.shape);
    this.env.builder.emit('merge', 'gradient', [
      ...this.imageArgs(value),
      ...plainView(buffer),
      ...NO_VIEW,
      copy,
    ]);
    return copy;
  }

  /** Where a reader's backward pass puts its input gradient, and in which form. */
  private target(input: Value, label: string, tiles: number): Arg[] {
    if (!input.differentiable) return [TARGET.skip, null, null, null, null];
    if (input.plain && input.gradient) return [TARGET.accumulate, input.gradient.buffer, null, null, null];
    const buffer = this.activation(`${label}.gradient`, input.shape);
    if (input.plain) {
      input.gradient = { kind: 'value', buffer };
      return [TARGET.plain, buffer, null, null, null];
    }
    if (input.gate) {
      input.gradient = { kind: 'value', buffer };
      input.gate.gradient = this.env.builder.temporary(
        `${input.gate.layer}.dgate`,
        this.env.batch * input.channels,
      );
      return [TARGET.gated, buffer, null, null, input.gate.gradient];
    }
    input.gradient = { kind: 'before-activation', buffer };
    const partial = input.norm ? this.gradSums(input, input.norm, tiles) : null;
    return [TARGET.through, buffer, input.norm?.mean ?? null, partial, null];
  }

  /** Brings back a raw output that was not kept. */
  private revive(value: Value): void {
    if (!value.recompute) return;
    value.x = value.recompute();
    value.recompute = undefined;
  }

  private gradSums(value: Value, norm: Norm, tiles: number): Buffer {
    const partial = this.env.builder.temporary(
      `${norm.layer}.gradient-sums`,
      tiles * 2 * roundUp(value.channels),
    );
    norm.gradSums = { partial, tiles };
    return partial;
  }

  /** The gradient of a value's raw output, all its pending parts gone back through. */
  private gradientOf(value: Value): GradView {
    const { gradient, norm } = value;
    if (!gradient) throw new Error('a value without readers has no gradient');
    this.revive(value);
    let du = gradient.buffer;
    const through = (dv: Buffer | null, pooled: Buffer | null, out: Buffer | null) => {
      const tiles = imageTiles(this.env.batch);
      const partial = norm ? this.gradSums(value, norm, tiles) : null;
      this.env.builder.emit('through', norm?.layer ?? 'activation', [
        this.env.batch,
        value.pixels,
        value.channels,
        tiles,
        ...value.view(),
        dv,
        pooled,
        out,
        norm?.mean ?? null,
        partial,
      ]);
      du = out ?? du;
    };
    const fresh = () => this.activation('gradient', value.shape);
    if (value.gate) {
      const pooled = this.exciteBackward(value, value.gate, gradient.buffer);
      through(gradient.buffer, pooled, gradient.kind === 'value' ? gradient.buffer : fresh());
    } else if (gradient.kind === 'pooled') {
      through(null, gradient.buffer, fresh());
    } else if (gradient.kind === 'sum') {
      if (value.act !== NO_ACTIVATION) through(gradient.buffer, null, fresh());
      else if (norm) through(gradient.buffer, null, null);
    }
    return { du, x: value.x, coefficients: norm ? this.normBackward(value, norm) : null };
  }

  private exciteBackward(value: Value, gate: Gate, dv: Buffer): Buffer {
    const { builder, batch } = this.env;
    const { channels } = value;
    const { hidden, layer } = gate;
    const temporary = (part: string, n: number) => builder.temporary(`${layer}.${part}`, n);
    let dgate = gate.gradient;
    if (!dgate) {
      dgate = temporary('dgate', batch * channels);
      builder.emit('gateGradient', layer, [
        ...this.imageArgs(value),
        ...value.view({ gate: false }),
        dv,
        dgate,
      ]);
    }
    const tiles = excitTiles(batch);
    const parameter = (part: string) => this.env.parameter(`${layer}.${part}`);
    const transpose = (part: string, rows: number, columns: number) => {
      const out = temporary(`${part}.transposed`, rows * columns);
      builder.emit('pack', layer, [2, 1, rows, columns, parameter(part).weight, out]);
      return out;
    };
    const w1t = transpose('fc1.weight', channels, hidden);
    const w2t = transpose('fc2.weight', hidden, channels);
    const dpooled = temporary('dpooled', batch * channels);
    const weights = roundUp(channels * hidden);
    const stride = 2 * weights + roundUp(hidden) + roundUp(channels);
    const partial = temporary('partials', tiles * stride);
    builder.emit('exciteBackward', layer, [
      batch,
      channels,
      hidden,
      tiles,
      gate.inner,
      gate.outer,
      gate.pooled,
      gate.u1,
      gate.h,
      gate.u2,
      w1t,
      w2t,
      dgate,
      temporary('du1', batch * hidden),
      dpooled,
      partial,
    ]);
    const parts: [string, number, number][] = [
      ['fc1.weight', 0, channels * hidden],
      ['fc1.bias', weights, hidden],
      ['fc2.weight', weights + roundUp(hidden), channels * hidden],
      ['fc2.bias', 2 * weights + roundUp(hidden), channels],
    ];
    for (const [part, at, count] of parts) {
      builder.emit('reduce', layer, [count, tiles, stride, partial.at(at), parameter(part).gradient]);
    }
    return dpooled;
  }

  private normBackward(value: Value, norm: Norm): Buffer {
    const { batch, builder } = this.env;
    const { partial, tiles } = norm.gradSums!;
    const coefficients = builder.temporary(`${norm.layer}.coefficients`, 3 * roundUp(value.channels));
    const weight = this.env.parameter(`${norm.layer}.weight`);
    const bias = this.env.parameter(`${norm.layer}.bias`);
    builder.emit('normBackward', norm.layer, [
      value.channels,
      tiles,
      batch * value.pixels,
      partial,
      weight.weight,
      norm.mean,
      norm.inverse,
      weight.gradient,
      bias.gradient,
      coefficients,
    ]);
    return coefficients;
  }

  /** Partial sums of a weight gradient, and what adds them up; one tile writes the gradient itself. */
  private partials(label: string, count: number, stride: number, tiles: number, parameter: ParameterRef) {
    if (tiles === 1) return { target: parameter.gradient, reduce: () => {} };
    const partial = this.env.builder.temporary(`${label}.partials`, tiles * stride);
    return {
      target: partial,
      reduce: () =>
        this.env.builder.emit('reduce', label, [count, tiles, stride, partial, parameter.gradient]),
    };
  }

  private pack(label: string, mode: 0 | 1, taps: number, rows: number, columns: number, weight: Arg): Buffer {
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

  private activation(label: string, shape: Shape): Buffer {
    return this.env.builder.temporary(label, this.env.batch * shape[0] * shape[1] * shape[2]);
  }

  private imageArgs(value: Value): Arg[] {
    return [this.env.batch, value.pixels, value.channels, imageTiles(this.env.batch)];
  }

  private needScratch(floats: number): void {
    this.scratch = Math.max(this.scratch, roundUp(floats) + 64);
  }
}

const plainView = (x: Buffer): Arg[] => [x, null, null, null, NO_ACTIVATION];

/** Scratch of a depthwise backward pass (the forward one needs less): rings of x and dY, one line of dX (kernels/depthwise.h). */
function depthwiseScratch({ kernel, stride }: Conv, [, width, channels]: Shape): number {
  const x = kernel * (width + kernel - 1);
  const dy = stride === 1 ? x : 4 * (Math.ceil(width / 2) + 4);
  return (x + dy + width) * roundUp(channels);
}

/**
 * Whether a 1x1 convolution's output is worth forgetting between the passes: it widens a large, cheap input, so that
 * computing it again costs little more than reading it back.
 */
function worthRecomputing(rows: number, channels: number, out: number): boolean {
  return out >= 2 * channels && channels <= RECOMPUTE_CHANNELS && rows * out >= RECOMPUTE_FLOATS;
}
const RECOMPUTE_CHANNELS = 48;
/** 8 MiB. */
const RECOMPUTE_FLOATS = 2 ** 21;

/** Squeeze-excite's small products: at least 32 images a tile. */
function excitTiles(batch: number): number {
  return Math.max(1, Math.min(8, Math.floor(batch / 32)));
}
