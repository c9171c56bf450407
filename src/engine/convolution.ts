/** Convolutions and the linear layer: their forward operations, the batch norm behind them, their backward passes. */

import type { Layer, Shape } from '../nn/index.js';
import type { Emitter } from './emitter.js';
import { gradientOf, inputTarget, rematerialise } from './gradients.js';
import { type Arg, type Buffer, roundUp } from './program.js';
import { chunkRows, imageTiles, rowTiles, weightTiles } from './tiling.js';
import { type GradView, gradArgs, type Norm, type ParameterRef, Value } from './values.js';

type Conv = Extract<Layer, { type: 'conv' }>;
type BatchNorm = Extract<Layer, { type: 'batch-norm' }>;

/** Emits a convolution; `normLayer` is the batch norm right behind it, whose sums it takes. */
export function convolution(e: Emitter, layer: Conv, input: Value, normLayer: BatchNorm | undefined): Value {
  const { batch, training } = e.env;
  const { out, kernel, stride, depthwise, name } = layer;
  const [height, width, channels] = input.shape;
  const shape: Shape = [Math.ceil(height / stride), Math.ceil(width / stride), out];
  const value = new Value(e.activation(name, shape), shape);
  const pointwise = !depthwise && kernel === 1 && stride === 1;
  const tiles = pointwise ? rowTiles(batch, height * width) : imageTiles(batch);
  const norm = normLayer && emitNorm(e, normLayer, out, tiles);
  const stats: Arg[] = training && norm ? [norm.running, norm.partial] : [null, null];
  const geometry = [batch, height, width, channels, out, kernel, stride];
  const weight = e.env.parameter(`${name}.weight`);
  const taps = kernel * kernel;
  if (pointwise) {
    const chunk = chunkRows(roundUp(channels));
    e.needScratch(chunk * roundUp(channels));
    const packed = e.pack(name, 0, 1, channels, out, weight.weight);
    const emit = (x: Buffer, sums: Arg[]) =>
      e.env.builder.emit('pointwiseForward', name, [
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
        const again = e.activation(name, shape);
        rematerialise(input);
        emit(again, [null, null]);
        return again;
      };
    }
  } else if (depthwise) {
    e.needScratch(depthwiseScratch(layer, input.shape));
    e.env.builder.emit('depthwiseForward', name, [
      ...geometry,
      tiles,
      ...input.view(),
      weight.weight,
      value.x,
      ...stats,
    ]);
  } else {
    e.needScratch((height + kernel - 1) * (width + kernel - 1) * channels);
    const packed = e.pack(name, 0, taps, channels, out, weight.weight);
    e.env.builder.emit('denseForward', name, [
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
  e.tape.push(() => {
    const gradient = gradientOf(e, value);
    rematerialise(input);
    if (pointwise) pointwiseBackward(e, name, input, out, gradient, weight, null);
    else if (depthwise) depthwiseBackward(e, layer, input, gradient, weight, geometry);
    else denseBackward(e, name, input, gradient, weight, geometry);
  });
  return value;
}

export function linear(e: Emitter, layer: Extract<Layer, { type: 'linear' }>, input: Value): Value {
  const { batch } = e.env;
  const { name, out } = layer;
  const value = new Value(e.activation(name, [1, 1, out]), [1, 1, out]);
  const weight = e.env.parameter(`${name}.weight`);
  const bias = e.env.parameter(`${name}.bias`);
  const chunk = chunkRows(roundUp(input.channels));
  e.needScratch(chunk * roundUp(input.channels));
  e.env.builder.emit('pointwiseForward', name, [
    batch,
    1,
    input.channels,
    out,
    rowTiles(batch, 1),
    chunk,
    ...input.view(),
    e.pack(name, 0, 1, input.channels, out, weight.weight),
    bias.weight,
    value.x,
    null,
    null,
  ]);
  e.tape.push(() => pointwiseBackward(e, name, input, out, gradientOf(e, value), weight, bias));
  return value;
}

function pointwiseBackward(
  e: Emitter,
  name: string,
  input: Value,
  out: number,
  gradient: GradView,
  weight: ParameterRef,
  bias: ParameterRef | null,
): void {
  const { batch, builder } = e.env;
  const { channels, pixels } = input;
  const few = fewRows(batch * pixels);
  const rows = rowTiles(batch, pixels);
  const tiles = few ? rows : weightTiles(rows, channels * out);
  const chunk = chunkRows(roundUp(channels) + roundUp(out));
  // With a gate, the values before it are kept beside the gated ones.
  const copies = input.gate ? 2 : 1;
  e.needScratch(chunk * (copies * roundUp(channels) + roundUp(out)));
  const packed = input.differentiable ? e.pack(name, 1, 1, channels, out, weight.weight) : null;
  if (few) e.needScratch(batch * pixels * WEIGHT_CHANNELS * copies);
  const work = few ? e.activation(`${name}.dy`, [1, pixels, out]) : null;
  const dw = e.partials(name, channels * out, channels * out, few ? 1 : tiles, weight);
  const db = bias && e.partials(name, out, roundUp(out), few ? 1 : tiles, bias);
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
    work,
    ...inputTarget(e, input, name, tiles),
  ]);
  dw.reduce();
  db?.reduce();
}

/** With so few rows, weight gradients are most of the traffic: they are written once, in place (kernels/pointwise.h). */
function fewRows(rows: number): boolean {
  return rows <= 512;
}
/** As in kernels/pointwise.h. */
const WEIGHT_CHANNELS = 48;

function denseBackward(
  e: Emitter,
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
  e.needScratch(roundUp(padded * channels) + roundUp(pixels * out) + roundUp(padded * out) + 128);
  const packed = input.differentiable ? e.pack(name, 1, taps, channels, out, weight.weight) : null;
  const dw = e.partials(name, taps * channels * out, taps * channels * out, tiles, weight);
  e.env.builder.emit('denseBackward', name, [
    ...geometry,
    tiles,
    ...input.view(),
    ...gradArgs(gradient),
    packed,
    dw.target,
    ...inputTarget(e, input, name, tiles),
  ]);
  dw.reduce();
}

function depthwiseBackward(
  e: Emitter,
  layer: Conv,
  input: Value,
  gradient: GradView,
  weight: ParameterRef,
  geometry: number[],
): void {
  const { name, kernel } = layer;
  const count = kernel * kernel * input.channels;
  const tiles = imageTiles(e.env.batch);
  e.needScratch(depthwiseScratch(layer, input.shape));
  const dw = e.partials(name, count, roundUp(count), tiles, weight);
  e.env.builder.emit('depthwiseBackward', name, [
    ...geometry,
    tiles,
    ...input.view(),
    ...gradArgs(gradient),
    weight.weight,
    dw.target,
    ...inputTarget(e, input, name, tiles),
  ]);
  dw.reduce();
}

/** Batch norm behind the operation that is about to be emitted. */
function emitNorm(e: Emitter, layer: BatchNorm, channels: number, tiles: number) {
  const { builder, training } = e.env;
  const { name, epsilon } = layer;
  const ref = (part: string) => e.env.parameter(`${name}.${part}`).weight;
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
        e.env.runningRate,
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

/** Scratch of a depthwise convolution's two passes (kernels/depthwise.h). */
function depthwiseScratch({ kernel, stride }: Conv, [height, width, channels]: Shape): number {
  const ld = roundUp(channels);
  const [outHeight, outWidth] = [Math.ceil(height / stride), Math.ceil(width / stride)];
  const lines = Math.max(1, Math.min(outHeight, Math.floor(16 / outWidth)));
  const taps = kernel * kernel * ld;
  const forward = ((lines - 1) * stride + kernel) * (width + kernel - 1) * ld + taps;
  const before = stride === 1 ? (kernel - 1) / 2 : 1;
  const gradient = (lines + 2 * before) * (outWidth + 2 * before) * ld;
  const values = lines * stride * outWidth * stride * roundUp(1);
  return Math.max(forward, gradient + 2 * taps + values + lines * stride * width * ld);
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
