import { describe, expect, it } from 'vitest';
import { buildNetwork } from '../../src/nn/index.js';
import { deviation, GOLDEN_NAMES, goldenStart, images, readGolden, targets, weightedSum } from './formula.js';

describe.each(GOLDEN_NAMES)('golden %s', (name) => {
  const golden = readGolden(name);
  const { batch, size, outputs } = golden;
  const network = buildNetwork(golden.network, { outputs, size, dropout: 0 });
  const start = goldenStart(network);

  it('names exactly the arrays of the network', () => {
    expect(Object.keys(golden.afterOne).sort()).toEqual([...start.keys()].sort());
    expect(Object.keys(golden.afterTen).sort()).toEqual([...start.keys()].sort());
  });
  it('was made from the same images, targets and weights', () => {
    expect([0, 9].map((step) => weightedSum(images(step, batch, size)))).toEqual(golden.formula.images);
    for (const [i, step] of [0, 9].entries()) {
      expect(weightedSum(targets(step, batch, outputs))).toBeCloseTo(golden.formula.targets[i], 5);
    }
    for (const [array, sum] of Object.entries(golden.formula.weights)) {
      expect(Math.abs(weightedSum(start.get(array)!.data) - sum), array).toBeLessThan(
        1e-7 * Math.max(1, Math.abs(sum)),
      );
    }
  });
  it('changed every array and lowered the loss', () => {
    expect(golden.losses[9]).toBeLessThan(golden.losses[0]);
    expect(deviation(start, start, golden.afterTen).change.error).toBeGreaterThan(0.9);
  });
});
