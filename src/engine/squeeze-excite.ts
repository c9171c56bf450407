/** Squeeze-excite: its gate forward, and its backward pass down to the gradient of the pooled values. */

import type { Layer } from '../nn/index.js';
import type { Emitter } from './emitter.js';
import { type Buffer, roundUp } from './program.js';
import { ACTIVATION, type Gate, type Value } from './values.js';

type SqueezeExcite = Extract<Layer, { type: 'squeeze-excite' }>;

/** Emits the gate [N, C] of a value, from its mean over pixels. */
export function squeezeExcite(e: Emitter, layer: SqueezeExcite, value: Value): Gate {
  const { builder, batch } = e.env;
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
  const ref = (part: string) => e.env.parameter(`${name}.${part}`).weight;
  builder.emit('pool', name, [...e.imageArgs(value), ...value.view(), gate.pooled]);
  builder.emit('exciteForward', name, [
    batch,
    channels,
    hidden,
    exciteTiles(batch),
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

/** From dv, the gradient of the gated value, to that of the pooled values [N, C]; the weights' gradients on the way. */
export function exciteBackward(e: Emitter, value: Value, gate: Gate, dv: Buffer): Buffer {
  const { builder, batch } = e.env;
  const { channels } = value;
  const { hidden, layer } = gate;
  const temporary = (part: string, n: number) => builder.temporary(`${layer}.${part}`, n);
  let dgate = gate.gradient;
  if (!dgate) {
    dgate = temporary('dgate', batch * channels);
    builder.emit('gateGradient', layer, [...e.imageArgs(value), ...value.view({ gate: false }), dv, dgate]);
  }
  const tiles = exciteTiles(batch);
  const parameter = (part: string) => e.env.parameter(`${layer}.${part}`);
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

/** Squeeze-excite's small products: at least 32 images a tile. */
function exciteTiles(batch: number): number {
  return Math.max(1, Math.min(8, Math.floor(batch / 32)));
}
