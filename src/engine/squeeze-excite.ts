/**
 * Squeeze-excite: the gate's forward pass, and its backward pass down to the gradient of the pooled values.
 */

import type { Layer } from '../nn/types.js';
import { type Buffer, roundUp } from './buffers.js';
import type { Emitter } from './emitter.js';
import type { Gate, Value } from './values.js';

type SqueezeExcite = Extract<Layer, { type: 'squeeze-excite' }>;

/** Emits the gate [N, C], computed from the value's mean over pixels. */
export function squeezeExcite(e: Emitter, layer: SqueezeExcite, value: Value): Gate {
  const { builder, batch } = e.env;
  const { name, hidden } = layer;
  const { channels } = value;
  const temporary = (part: string, n: number) => builder.temporary(`${name}.${part}`, batch * n);
  const gate: Gate = {
    layer: name,
    hidden,
    activation: layer.activation,
    gateActivation: layer.gate,
    pooled: temporary('pooled', channels),
    u1: temporary('u1', hidden),
    h: temporary('h', hidden),
    u2: temporary('u2', channels),
    gate: temporary('gate', channels),
  };
  const ref = (part: string) => e.env.parameter(`${name}.${part}`).weight;
  builder.emit('pool', name, { ...e.imageSizes(value), input: value.view(), output: gate.pooled });
  builder.emit('exciteForward', name, {
    images: batch,
    channels,
    hidden,
    tiles: exciteTiles(batch),
    activation: gate.activation,
    gateActivation: gate.gateActivation,
    pooled: gate.pooled,
    weight1: ref('fc1.weight'),
    bias1: ref('fc1.bias'),
    weight2: ref('fc2.weight'),
    bias2: ref('fc2.bias'),
    u1: gate.u1,
    h: gate.h,
    u2: gate.u2,
    gate: gate.gate,
  });
  return gate;
}

/**
 * Computes the gradient of the pooled values [N, C] from dv, the gradient of the gated value, and also the
 * weights' gradients.
 */
export function exciteBackward(e: Emitter, value: Value, gate: Gate, dv: Buffer): Buffer {
  const { builder, batch } = e.env;
  const { channels } = value;
  const { hidden, layer } = gate;
  const temporary = (part: string, n: number) => builder.temporary(`${layer}.${part}`, n);
  let dgate = gate.gradient;
  if (!dgate) {
    dgate = temporary('dgate', batch * channels);
    builder.emit('gateGradient', layer, {
      ...e.imageSizes(value),
      input: value.view({ gate: false }),
      gradient: dv,
      output: dgate,
    });
  }
  const tiles = exciteTiles(batch);
  const parameter = (part: string) => e.env.parameter(`${layer}.${part}`);
  const transpose = (part: string, rows: number, columns: number) => {
    const output = temporary(`${part}.transposed`, rows * columns);
    builder.emit('transpose', layer, { rows, columns, matrix: parameter(part).weight, output });
    return output;
  };
  const partials = (part: string, count: number) =>
    e.partials(`${layer}.${part}`, count, roundUp(count), tiles, parameter(part));
  const transposed1 = transpose('fc1.weight', channels, hidden);
  const transposed2 = transpose('fc2.weight', hidden, channels);
  const pooledGradient = temporary('dpooled', batch * channels);
  const weight1 = partials('fc1.weight', channels * hidden);
  const bias1 = partials('fc1.bias', hidden);
  const weight2 = partials('fc2.weight', channels * hidden);
  const bias2 = partials('fc2.bias', channels);
  builder.emit('exciteBackward', layer, {
    images: batch,
    channels,
    hidden,
    tiles,
    activation: gate.activation,
    gateActivation: gate.gateActivation,
    pooled: gate.pooled,
    u1: gate.u1,
    h: gate.h,
    u2: gate.u2,
    transposed1,
    transposed2,
    gateGradient: dgate,
    hiddenGradient: temporary('du1', batch * hidden),
    pooledGradient,
    weight1Gradient: weight1.target,
    bias1Gradient: bias1.target,
    weight2Gradient: weight2.target,
    bias2Gradient: bias2.target,
  });
  for (const { reduce } of [weight1, bias1, weight2, bias2]) reduce();
  return pooledGradient;
}

/** Tiles for squeeze-excite's small products: at least 32 images each. */
function exciteTiles(batch: number): number {
  return Math.max(1, Math.min(8, Math.floor(batch / 32)));
}
