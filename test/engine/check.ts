/**
 * The property that the kernel tests check: all backends agree with the reference on randomly drawn networks.
 */

import fc from 'fast-check';
import { expect } from 'vitest';
import { deviations, TOLERANCE } from './compare.js';
import { anyProblem, type Block, type Problem } from './problems.js';

/** Seed of the random networks; fixed by default, so that runs are reproducible. */
export const SEED = Number(process.env.LEXEL_TEST_SEED ?? 1);

/** Factor for the number of random problems per test. */
const SHARE = Number(process.env.LEXEL_TEST_SHARE ?? 1);

/** Draws `runs` problems from `blocks` and compares every backend on each. */
export async function checkBlocks(blocks: fc.Arbitrary<Block[]>, runs: number): Promise<void> {
  const property = fc.asyncProperty(anyProblem(blocks), async (problem) => {
    fc.pre(await checkProblem(problem));
  });
  await fc.assert(property, { numRuns: Math.ceil(runs * SHARE), seed: SEED });
}

/**
 * Compares every backend on one problem. Returns false if an activation's input is too near a kink to
 * compare.
 */
export async function checkProblem(problem: Problem, threads = 1): Promise<boolean> {
  const found = await deviations(problem, threads);
  if (!found) return false;
  expect(found[0].error, found[0].where).toBeLessThan(TOLERANCE);
  return true;
}
