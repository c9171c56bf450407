/** Tests the reference itself: its gradients against central differences of its loss, in float64. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deriveKey, Random } from '../../src/util/random.js';
import { anyBlock, anyProblem, anySqueeze, type Block, dataOf } from './problems.js';
import { runArrays } from './reference.js';

const STEP = 1e-5;

describe('the float64 reference', () => {
  it.each<[string, fc.Arbitrary<Block[]>]>([
    ['any blocks', fc.array(anyBlock(2), { minLength: 1, maxLength: 4 })],
    ['squeeze-excite', fc.tuple(anyBlock(0), anySqueeze)],
  ])('its gradients match its loss: %s', (_, blocks) => {
    let compared = 0;
    const property = fc.property(anyProblem(blocks), (problem) => {
      const { network, loss, seed } = problem;
      const small = {
        ...problem,
        batch: Math.min(problem.batch, 3),
        network: { ...network, size: Math.min(network.size, 5) },
      };
      const { state, images, targets } = dataOf(small);
      const arrays = new Map([...state].map(([name, { data }]) => [name, Float64Array.from(data)]));
      const input = { images, targets, loss, dropoutKey: [7, seed] as const };
      const run = () => runArrays(small.network, arrays, input);
      const { gradients, kink } = run();
      // Central differences across a kink would not measure the derivative on either side.
      fc.pre(kink > 100 * STEP);
      const scale = Math.max(...[...gradients.values()].flatMap((g) => [...g].map(Math.abs)));
      const random = new Random(deriveKey(seed, 'elements'));
      for (const [name, gradient] of gradients) {
        const weights = arrays.get(name)!;
        expect(weights, name).toHaveLength(gradient.length);
        for (let k = 0; k < 2; k++) {
          const i = random.below(weights.length);
          const start = weights[i];
          weights[i] = start + STEP;
          const above = run().loss;
          weights[i] = start - STEP;
          const below = run().loss;
          weights[i] = start;
          const slope = (above - below) / (2 * STEP);
          expect(
            Math.abs(slope - gradient[i]) / Math.max(Math.abs(slope), scale),
            `${name}[${i}]`,
          ).toBeLessThan(1e-5);
          compared++;
        }
      }
    });
    fc.assert(property, { numRuns: 60, seed: 1 });
    expect(compared).toBeGreaterThan(200);
  });
});
