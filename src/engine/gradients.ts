/** How a gradient travels back through what is pending on a value: a sum, a gate, an activation, a batch norm. */

import type { Emitter } from './emitter.js';
import { type Arg, type Buffer, roundUp } from './program.js';
import { exciteBackward } from './squeeze-excite.js';
import { imageTiles } from './tiling.js';
import { type GradView, NO_ACTIVATION, type Norm, TARGET, type Value } from './values.js';

/** Hands a sum's gradient to one of its operands. */
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

/** Where a reader's backward pass puts its input gradient, and in which form. */
export function inputTarget(e: Emitter, input: Value, label: string, tiles: number): Arg[] {
  if (!input.differentiable) return [TARGET.skip, null, null, null, null];
  if (input.plain && input.gradient) return [TARGET.accumulate, input.gradient.buffer, null, null, null];
  const buffer = e.activation(`${label}.gradient`, input.shape);
  if (input.plain) {
    input.gradient = { kind: 'value', buffer };
    return [TARGET.plain, buffer, null, null, null];
  }
  if (input.gate) {
    input.gradient = { kind: 'value', buffer };
    input.gate.gradient = e.env.builder.temporary(`${input.gate.layer}.dgate`, e.env.batch * input.channels);
    return [TARGET.gated, buffer, null, null, input.gate.gradient];
  }
  input.gradient = { kind: 'before-activation', buffer };
  const partial = input.norm ? gradSums(e, input, input.norm, tiles) : null;
  return [TARGET.activationBackward, buffer, input.norm?.mean ?? null, partial, null];
}

/** Computes a raw output again that was not kept. */
export function rematerialise(value: Value): void {
  if (!value.recompute) return;
  value.x = value.recompute();
  value.recompute = undefined;
}

/** The gradient of a value's raw output, all its pending parts gone back through. */
export function gradientOf(e: Emitter, value: Value): GradView {
  const { gradient, norm } = value;
  if (!gradient) throw new Error('a value without readers has no gradient');
  rematerialise(value);
  let du = gradient.buffer;
  const activationBackward = (dv: Buffer | null, pooled: Buffer | null, out: Buffer | null) => {
    const tiles = imageTiles(e.env.batch);
    const partial = norm ? gradSums(e, value, norm, tiles) : null;
    e.env.builder.emit('activationBackward', norm?.layer ?? 'activation', [
      e.env.batch,
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
  const fresh = () => e.activation('gradient', value.shape);
  if (value.gate) {
    const pooled = exciteBackward(e, value, value.gate, gradient.buffer);
    activationBackward(gradient.buffer, pooled, gradient.kind === 'value' ? gradient.buffer : fresh());
  } else if (gradient.kind === 'pooled') {
    activationBackward(null, gradient.buffer, fresh());
  } else if (gradient.kind === 'sum') {
    if (value.act !== NO_ACTIVATION) activationBackward(gradient.buffer, null, fresh());
    else if (norm) activationBackward(gradient.buffer, null, null);
  }
  return { du, x: value.x, coefficients: norm ? normBackward(e, value, norm) : null };
}

function gradSums(e: Emitter, value: Value, norm: Norm, tiles: number): Buffer {
  const partial = e.env.builder.temporary(`${norm.layer}.gradient-sums`, tiles * 2 * roundUp(value.channels));
  norm.gradSums = { partial, tiles };
  return partial;
}

function normBackward(e: Emitter, value: Value, norm: Norm): Buffer {
  const { batch, builder } = e.env;
  const { partial, tiles } = norm.gradSums!;
  const coefficients = builder.temporary(`${norm.layer}.coefficients`, 3 * roundUp(value.channels));
  const weight = e.env.parameter(`${norm.layer}.weight`);
  const bias = e.env.parameter(`${norm.layer}.bias`);
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
