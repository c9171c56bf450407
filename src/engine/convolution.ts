/**
 * Forward and backward operations of convolutions and linear layers, and of the batch norm that follows a
 * convolution.
 */

import type { Layer, Shape } from '../nn/types.js';
import type { ChannelSumsArguments, GradientViewArguments } from './arguments.js';
import { type Buffer, roundUp } from './buffers.js';
import type { Emitter } from './emitter.js';
import { gradientOf, inputTarget, rematerialise } from './gradients.js';
import type { OpArguments } from './ops.js';
import { chunkRows, imageTiles, rowTiles, weightTiles } from './tiling.js';
import { type Norm, type ParameterRef, Value } from './values.js';
import { winogradConvolution } from './winograd.js';

type Conv = Extract<Layer, { type: 'conv' }>;
type BatchNorm = Extract<Layer, { type: 'batch-norm' }>;

const NO_SUMS: ChannelSumsArguments = { shift: null, sums: null };

/**
 * Emits a convolution. If `normLayer` follows it, the convolution also computes the sums for that batch norm.
 */
export function convolution(e: Emitter, layer: Conv, input: Value, normLayer: BatchNorm | undefined): Value {
  const { batch, builder, training } = e.env;
  const { out, kernel, stride, depthwise, name } = layer;
  const [height, width, channels] = input.shape;
  const [outHeight, outWidth] = [Math.ceil(height / stride), Math.ceil(width / stride)];
  const shape: Shape = [outHeight, outWidth, out];
  const value = new Value(e.activation(name, shape), shape);
  const pointwise = !depthwise && kernel === 1 && stride === 1;
  const winograd = depthwise ? null : winogradConvolution(e, layer, input);
  const tiles = winograd?.tiles ?? (pointwise ? rowTiles(batch, height * width) : imageTiles(batch));
  const batchNorm = normLayer && emitNorm(e, normLayer, out, tiles);
  const norm = batchNorm?.sums ?? NO_SUMS;
  const geometry = { images: batch, height, width, channels, out, kernel, stride, outHeight, outWidth };
  const weight = e.env.parameter(`${name}.weight`);
  if (pointwise) {
    const sizes = {
      images: batch,
      hw: height * width,
      channels,
      out,
      tiles,
      chunk: chunkRows(roundUp(channels)),
    };
    const weights = e.packForward(name, 1, channels, out, weight.weight);
    const emit = (output: Buffer, sums: ChannelSumsArguments) =>
      builder.emit('pointwiseForward', name, {
        ...sizes,
        input: input.view(),
        weights,
        bias: null,
        output,
        norm: sums,
      });
    emit(value.x, norm);
    if (training && worthRecomputing(batch * height * width, channels, out)) {
      value.recompute = () => {
        const again = e.activation(name, shape);
        rematerialise(input);
        emit(again, NO_SUMS);
        return again;
      };
    }
  } else if (depthwise) {
    builder.emit('depthwiseForward', name, {
      ...geometry,
      tiles,
      input: input.view(),
      weights: weight.weight,
      output: value.x,
      norm,
    });
  } else if (winograd) {
    winograd.forward(weight, value.x, norm);
  } else {
    builder.emit('denseForward', name, {
      ...geometry,
      tiles,
      input: input.view(),
      weights: e.packForward(name, kernel * kernel, channels, out, weight.weight),
      output: value.x,
      norm,
    });
  }
  if (batchNorm) {
    batchNorm.finish(batch * outHeight * outWidth);
    value.norm = batchNorm.norm;
  }
  e.tape.push(() => {
    const gradient = gradientOf(e, value);
    rematerialise(input);
    if (pointwise) pointwiseBackward(e, name, input, out, gradient, weight, null);
    else if (depthwise) depthwiseBackward(e, name, input, gradient, weight, geometry);
    else if (winograd) winograd.backward(weight, gradient);
    else denseBackward(e, name, input, gradient, weight, geometry);
  });
  return value;
}

export function linear(e: Emitter, layer: Extract<Layer, { type: 'linear' }>, input: Value): Value {
  const { batch } = e.env;
  const { name, out } = layer;
  const { channels } = input;
  const value = new Value(e.activation(name, [1, 1, out]), [1, 1, out]);
  const weight = e.env.parameter(`${name}.weight`);
  const bias = e.env.parameter(`${name}.bias`);
  e.env.builder.emit('pointwiseForward', name, {
    images: batch,
    hw: 1,
    channels,
    out,
    tiles: rowTiles(batch, 1),
    chunk: chunkRows(roundUp(channels)),
    input: input.view(),
    weights: e.packForward(name, 1, channels, out, weight.weight),
    bias: bias.weight,
    output: value.x,
    norm: NO_SUMS,
  });
  e.tape.push(() => pointwiseBackward(e, name, input, out, gradientOf(e, value), weight, bias));
  return value;
}

function pointwiseBackward(
  e: Emitter,
  name: string,
  input: Value,
  out: number,
  gradient: GradientViewArguments,
  weight: ParameterRef,
  bias: ParameterRef | null,
): void {
  const { batch, builder } = e.env;
  const { channels, pixels } = input;
  const few = fewRows(batch * pixels);
  const rows = rowTiles(batch, pixels);
  const tiles = few ? rows : weightTiles(rows, channels * out);
  const weights = input.differentiable ? e.packBackward(name, 1, 1, channels, out, weight.weight) : null;
  const parts = few ? 1 : tiles;
  const dw = e.partials(name, channels * out, channels * out, parts, weight);
  const db = bias && e.partials(name, out, roundUp(out), parts, bias);
  const args = {
    images: batch,
    hw: pixels,
    channels,
    out,
    tiles,
    chunk: chunkRows(roundUp(channels) + roundUp(out)),
    input: input.view(),
    gradient,
    weights,
    weightGradient: dw.target,
    biasGradient: db?.target ?? null,
    target: inputTarget(e, input, name, tiles),
  };
  if (few) {
    const work = gradient.coefficients && e.activation(`${name}.dy`, [1, pixels, out]);
    builder.emit('pointwiseBackwardFewRows', name, { ...args, work });
  } else {
    builder.emit('pointwiseBackward', name, args);
  }
  dw.reduce();
  db?.reduce();
}

/**
 * With few rows, most memory traffic is weight gradients, so they are written once, in place
 * (kernels/pointwise.h).
 */
function fewRows(rows: number): boolean {
  return rows <= 512;
}

type Geometry = Pick<
  OpArguments<'denseBackward'>,
  'images' | 'height' | 'width' | 'channels' | 'out' | 'kernel' | 'stride' | 'outHeight' | 'outWidth'
>;

function denseBackward(
  e: Emitter,
  name: string,
  input: Value,
  gradient: GradientViewArguments,
  weight: ParameterRef,
  geometry: Geometry,
): void {
  const { images, channels, out, kernel, stride } = geometry;
  const count = kernel ** 2 * channels * out;
  const tiles = weightTiles(imageTiles(images), count);
  const weights = input.differentiable
    ? e.packBackward(name, kernel, stride, channels, out, weight.weight)
    : null;
  const dw = e.partials(name, count, count, tiles, weight);
  e.env.builder.emit('denseBackward', name, {
    ...geometry,
    tiles,
    input: input.view(),
    gradient,
    weights,
    weightGradient: dw.target,
    target: inputTarget(e, input, name, tiles),
  });
  dw.reduce();
}

function depthwiseBackward(
  e: Emitter,
  name: string,
  input: Value,
  gradient: GradientViewArguments,
  weight: ParameterRef,
  geometry: Geometry,
): void {
  const count = geometry.kernel ** 2 * input.channels;
  const tiles = imageTiles(e.env.batch);
  const dw = e.partials(name, count, roundUp(count), tiles, weight);
  e.env.builder.emit('depthwiseBackward', name, {
    ...geometry,
    tiles,
    input: input.view(),
    gradient,
    weights: weight.weight,
    weightGradient: dw.target,
    target: inputTarget(e, input, name, tiles),
  });
  dw.reduce();
}

/** Prepares the batch norm that follows the operation emitted next. */
function emitNorm(e: Emitter, layer: BatchNorm, channels: number, tiles: number) {
  const { builder, training } = e.env;
  const { name, epsilon } = layer;
  const ref = (part: string) => e.env.parameter(`${name}.${part}`).weight;
  const learned = {
    epsilon,
    weight: ref('weight'),
    bias: ref('bias'),
    runningMean: ref('running_mean'),
    runningVariance: ref('running_var'),
  };
  if (!training) {
    const make = (part: string) => builder.persistent(`${name}.${part}`, channels);
    const norm: Norm = {
      layer: name,
      scale: make('scale'),
      shift: make('shift'),
      statistics: null,
    };
    const { scale, shift } = norm;
    const finish = () => builder.emitPrepare('normEval', name, { channels, ...learned, scale, shift });
    return { norm, sums: NO_SUMS, finish };
  }
  const make = (part: string) => builder.temporary(`${name}.${part}`, channels);
  const [scale, shift, mean, inverse] = ['scale', 'shift', 'mean', 'inverse'].map(make);
  const sums = builder.temporary(`${name}.sums`, tiles * 2 * roundUp(channels));
  const finish = (count: number) =>
    builder.emit('normFinish', name, {
      channels,
      tiles,
      count,
      ...learned,
      sums,
      runningRate: training.runningRate,
      mean,
      inverse,
      scale,
      shift,
    });
  const norm: Norm = { layer: name, scale, shift, statistics: { mean, inverse } };
  return { norm, sums: { shift: learned.runningMean, sums }, finish };
}

/**
 * Whether to recompute a 1x1 convolution's output in the backward pass instead of keeping it. This pays where
 * the convolution widens a large, cheap input: recomputing costs little more than reading the output back.
 */
function worthRecomputing(rows: number, channels: number, out: number): boolean {
  return out >= 2 * channels && channels <= RECOMPUTE_CHANNELS && rows * out >= RECOMPUTE_FLOATS;
}
const RECOMPUTE_CHANNELS = 48;
/** 8 MiB. */
const RECOMPUTE_FLOATS = 2 ** 21;
