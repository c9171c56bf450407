/**
 * Compares the costs of operations with counts written out here, and checks the sums of a measured roofline.
 */

import { describe, expect, it } from 'vitest';
import { DYNAMIC_FIELDS } from '../../src/engine/constants.js';
import { costOf } from '../../src/engine/costs.js';
import { compile, roofline } from '../../src/engine/index.js';
import { OP_NAMES, type OpArguments, type OpName } from '../../src/engine/ops.js';
import { type Op, ProgramBuilder } from '../../src/engine/program.js';
import { buildNetwork, countMultiplyAdds, type Layer, type Network } from '../../src/nn/index.js';
import { ADAMW, PLAIN } from './compare.js';

const norm = (name: string): Layer => ({ type: 'batch-norm', name, epsilon: 1e-5, momentum: 0.1 });
const conv = (name: string, out: number, kernel: 1 | 3, depthwise = false): Layer => ({
  type: 'conv',
  name,
  out,
  kernel,
  stride: 1,
  depthwise,
});
/** 4x4 images, 8 channels, 5 outputs. */
const TINY: Network = {
  name: 'tiny',
  size: 4,
  outputs: 5,
  layers: [
    conv('a', 8, 3),
    norm('a.norm'),
    { type: 'activation', fn: 'relu' },
    conv('b', 8, 3, true),
    norm('b.norm'),
    conv('c', 8, 1),
    { type: 'global-average-pool' },
    { type: 'linear', name: 'last', out: 5 },
  ],
};

const plan = compile(TINY, 2, PLAIN);
const find = (name: OpName, label?: string) =>
  plan.ops.find((op) => op.name === name && (label === undefined || op.label === label)) as Op;
/** Two images of 4x4 pixels. */
const PIXELS = 2 * 16;
/** One image per tile; one sum and one sum of squares per channel. */
const SUMS = 2 * 2 * 8;

describe('costs counted by the definitions', () => {
  const float = (floats: number) => floats * 4;

  it('the images', () => {
    const values = PIXELS * 3;
    expect(costOf(find('input'))).toEqual({
      operations: 2 * values,
      bytes: values + float(2 * 8 + 6 + values),
    });
  });

  it('a dense 3x3 convolution with sums for its batch norm', () => {
    expect(costOf(find('denseForward'))).toEqual({
      operations: 2 * PIXELS * 9 * 3 * 8 + 4 * PIXELS * 8,
      bytes: float(PIXELS * 3 + 9 * 3 * 8 + PIXELS * 8 + 8 + SUMS),
    });
  });

  it('a depthwise convolution that reads through a batch norm and an activation', () => {
    expect(costOf(find('depthwiseForward'))).toEqual({
      operations: 2 * PIXELS * 9 * 8 + PIXELS * 8 * (2 + 1) + 4 * PIXELS * 8,
      bytes: float(PIXELS * 8 + 2 * 8 + 9 * 8 + PIXELS * 8 + 8 + SUMS),
    });
  });

  it('its backward pass: two convolutions, the batch norm behind it and the activation before it', () => {
    const gradientView = PIXELS * 8 * 2 + 3 * 8;
    const target = PIXELS * 8 + 8 + SUMS;
    const weights = 9 * 8 * (1 + 2);
    expect(costOf(find('depthwiseBackward'))).toEqual({
      operations: 4 * PIXELS * 9 * 8 + PIXELS * 8 * (2 + 1) + 4 * PIXELS * 8 + PIXELS * 8 * (5 + 1),
      bytes: float(PIXELS * 8 + 2 * 8 + gradientView + weights + target),
    });
  });

  it('a linear layer', () => {
    expect(costOf(find('pointwiseForward', 'last'))).toEqual({
      operations: 2 * 2 * 8 * 5,
      bytes: float(2 * 8 + 8 * 5 + 5 + 2 * 5),
    });
  });

  it('the optimizer', () => {
    const count = plan.regions.weights.floats;
    const moments = 2;
    expect(costOf(find('optimizer')).bytes).toBe(float(count * (2 + 1 + moments) + DYNAMIC_FIELDS));
  });

  it('partial sums with gaps between them: each value counts once', () => {
    const builder = new ProgramBuilder();
    const [partials, output] = [builder.temporary('partials', 48), builder.temporary('sum', 5)];
    builder.emit('reduce', 'sum', { count: 5, parts: 3, stride: 16, partials, output });
    expect(costOf(builder.ops[0])).toEqual({ operations: 3 * 5, bytes: float(3 * 5 + 5) });
  });

  it('an updated tensor counts twice', () => {
    const builder = new ProgramBuilder();
    const [key, values] = [builder.temporary('key', 2), builder.temporary('values', 20)];
    builder.emit('dropout', 'dropout', { count: 20, layer: 0, rate: 0.5, key, values });
    expect(costOf(builder.ops[0])).toEqual({ operations: 2 * 20, bytes: float(2 + 2 * 20) });
  });

  it('an accumulated input gradient is read and written', () => {
    const residual: Layer = { type: 'residual', name: 'r', body: [conv('b', 8, 1)], shortcut: [] };
    const layers = [conv('a', 8, 3), norm('a.norm'), residual, ...TINY.layers.slice(-2)];
    const { ops } = compile({ ...TINY, layers }, 2, PLAIN);
    const op = ops.find(({ name, label }) => name.startsWith('pointwiseBackward') && label === 'b') as Op;
    const values = PIXELS * 8;
    // A view without a norm, a plain gradient, weights, their gradient, and the target twice.
    expect(costOf(op)).toEqual({
      operations: 4 * PIXELS * 8 * 8 + values,
      bytes: float(values + values + 8 * 8 + 8 * 8 + 2 * values),
    });
  });

  it("Winograd's convolution: a quarter of the products, and its transforms", () => {
    const layers = [conv('a', 16, 3), conv('b', 16, 3), ...TINY.layers.slice(-2)];
    const { ops } = compile({ ...TINY, layers }, 2, PLAIN);
    const [forward, backward] = (['winogradForward', 'winogradBackward'] as const).map((name) =>
      costOf(ops.find((op) => op.name === name) as Op),
    );
    const values = PIXELS * 16;
    // One block per image: 12 lines of 24 operations for the input, 10 of 16 for the output, 12 of 22 for the
    // input gradient.
    const products = 2 * 36 * 16 * 16;
    const [input, output, inputGradient] = [12 * 24, 10 * 16, 12 * 22].map((each) => 2 * 16 * each);
    expect(forward).toEqual({
      operations: 2 * products + input + output,
      bytes: float(values + 36 * 16 * 16 + values),
    });
    expect(backward).toEqual({
      operations: 4 * products + input + inputGradient + output,
      bytes: float(2 * values + 36 * 16 * 16 + 9 * 16 * 16 + values),
    });
  });

  it.each(['micronet', 'efficientnet-b0', 'lite'])(
    'at least the multiply-adds of the network: %s',
    (name) => {
      const network = buildNetwork(name, { outputs: 10, size: 32 });
      for (const training of [null, { ...ADAMW, clip: 1, ema: 0.9 }]) {
        const { ops } = compile(network, 4, training);
        const forward = ops.filter((op) => op.name.endsWith('Forward'));
        const sum = forward.reduce((total, op) => total + costOf(op).operations, 0);
        // The direct convolution needs four times as many products.
        const saved = forward
          .filter((op) => op.name === 'winogradForward')
          .map(({ args }) => args as OpArguments<'winogradForward'>)
          .reduce(
            (total, a) => total + 3 * 2 * 9 * a.images * a.height * a.width * a.channels * a.out * 0.25,
            0,
          );
        const direct = 2 * 4 * countMultiplyAdds(network);
        expect(sum + saved).toBeGreaterThan(direct);
        expect(sum + saved).toBeLessThan(1.5 * direct);
      }
    },
  );
});

describe('a measured roofline', () => {
  it('has a row per operation, and sums', async () => {
    const measured = await roofline(TINY, { batch: 2, repeats: 1 });
    const { rows, peaks, step } = measured;
    expect(rows.every((row) => OP_NAMES.includes(row.op))).toBe(true);
    expect(rows.at(-1)!.op).toBe('optimizer');
    expect(peaks.operations).toBeGreaterThan(1e9);
    expect(peaks.bytes).toBeGreaterThan(1e8);
    expect(step.floor).toBeCloseTo(
      rows.reduce(
        (sum, row) => sum + Math.max(row.operations / peaks.operations, row.bytes / peaks.bytes),
        0,
      ),
      12,
    );
    expect(measured.shareOfPeak).toBeCloseTo(
      (6 * countMultiplyAdds(TINY) * (2 / step.measured)) / peaks.operations,
      12,
    );
  });
});
