/** Propagates gradients back through a value's pending parts: sum, gate, activation, batch norm. */

import type { GradientViewArguments, TargetArguments } from './arguments.js';
import { type Buffer, roundUp } from './buffers.js';
import type { Emitter } from './emitter.js';
import { exciteBackward } from './squeeze-excite.js';
import type { Norm, Value } from './values.js';

/** Adds a sum's gradient to one of its operands. */
export function passOn(e: Emitter, operand: Value, du: Buffer): void {
  if (!operand.differentiable) return;
  if (!operand.plain) {
    operand.gradient = { kind: 'sum', buffer: du };
  } else if (!operand.gradient) {
    operand.gradient = { kind: 'value', buffer: du };
  } else {
    const sum = e.sumOf(operand.gradient.buffer, du, operand);
    operand.gradient = { kind: 'value', buffer: sum };
  }
}

const NO_TARGET: TargetArguments = { mode: 'skip', gradient: null, mean: null, sums: null, gate: null };

/** Where and in which form a reader's backward pass stores its input gradient. */
export function inputTarget(e: Emitter, input: Value, label: string, tiles: number): TargetArguments {
  if (!input.differentiable) return NO_TARGET;
  if (input.plain && input.gradient) {
    return { ...NO_TARGET, mode: 'accumulate', gradient: input.gradient.buffer };
  }
  const gradient = e.activation(`${label}.gradient`, input.shape);
  if (input.plain) {
    input.gradient = { kind: 'value', buffer: gradient };
    return { ...NO_TARGET, mode: 'plain', gradient };
  }
  if (input.gate) {
    input.gradient = { kind: 'value', buffer: gradient };
    const gate = e.env.builder.temporary(`${input.gate.layer}.dgate`, e.env.batch * input.channels);
    input.gate.gradient = gate;
    return { ...NO_TARGET, mode: 'gated', gradient, gate };
  }
  input.gradient = { kind: 'before-activation', buffer: gradient };
  return { ...NO_TARGET, mode: 'activationBackward', gradient, ...gradientSums(e, input, tiles) };
}

/** Recomputes a raw output that was not kept. */
export function rematerialise(value: Value): void {
  if (!value.recompute) return;
  value.x = value.recompute();
  value.recompute = undefined;
}

/** The gradient of a value's raw output, propagated back through all pending parts. */
export function gradientOf(e: Emitter, value: Value): GradientViewArguments & { readonly du: Buffer } {
  const { gradient, norm } = value;
  if (!gradient) throw new Error('no operation reads this value, so it has no gradient');
  rematerialise(value);
  let du = gradient.buffer;
  const activationBackward = (dv: Buffer | null, pooled: Buffer | null, output: Buffer | null) => {
    const sizes = e.imageSizes(value);
    e.env.builder.emit('activationBackward', norm?.layer ?? 'activation', {
      ...sizes,
      input: value.view(),
      gradient: dv,
      pooled,
      output,
      ...gradientSums(e, value, sizes.tiles),
    });
    du = output ?? du;
  };
  const fresh = () => e.activation('gradient', value.shape);
  if (value.gate) {
    const pooled = exciteBackward(e, value, value.gate, gradient.buffer);
    activationBackward(gradient.buffer, pooled, gradient.kind === 'value' ? gradient.buffer : fresh());
  } else if (gradient.kind === 'pooled') {
    activationBackward(null, gradient.buffer, fresh());
  } else if (gradient.kind === 'sum') {
    if (value.activation !== 'none') activationBackward(gradient.buffer, null, fresh());
    else if (norm) activationBackward(gradient.buffer, null, null);
  }
  const coefficients = norm ? normBackward(e, value, norm) : null;
  return { du, x: coefficients && value.x, coefficients };
}

/** The buffer for the sums of a value's batch norm, if it has one, and the mean that they are taken about. */
function gradientSums(e: Emitter, { norm, channels }: Value, tiles: number) {
  if (!norm?.statistics) return { mean: null, sums: null };
  const sums = e.env.builder.temporary(`${norm.layer}.gradient-sums`, tiles * 2 * roundUp(channels));
  norm.gradientSums = { sums, tiles };
  return { mean: norm.statistics.mean, sums };
}

function normBackward(e: Emitter, value: Value, norm: Norm): Buffer {
  const { batch, builder } = e.env;
  const coefficients = builder.temporary(`${norm.layer}.coefficients`, 3 * roundUp(value.channels));
  const weight = e.env.parameter(`${norm.layer}.weight`);
  const bias = e.env.parameter(`${norm.layer}.bias`);
  builder.emit('normBackward', norm.layer, {
    channels: value.channels,
    count: batch * value.pixels,
    ...norm.gradientSums!,
    weight: weight.weight,
    ...norm.statistics!,
    weightGradient: weight.gradient,
    biasGradient: bias.gradient,
    coefficients,
  });
  return coefficients;
}
