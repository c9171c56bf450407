/** The property behind the kernels' tests: every backend agrees with the reference on whatever network is drawn. */

import fc from 'fast-check';
import { expect } from 'vitest';
import { deviations, TOLERANCE } from './compare.js';
import { anyProblem, type Block, type Problem } from './problems.js';

/** Runs are the same from day to day; another seed looks elsewhere. */
export const SEED = Number(process.env.LEXEL_TEST_SEED ?? 1);

/** Draw fewer (or more) than a test asks for. */
const SHARE = Number(process.env.LEXEL_TEST_SHARE ?? 1);

/** Draws `runs` problems around `blocks` and compares every backend on each of them. */
export async function checkBlocks(blocks: fc.Arbitrary<Block[]>, runs: number): Promise<void> {
  const property = fc.asyncProperty(anyProblem(blocks), async (problem) => {
    fc.pre(await checkProblem(problem));
  });
  await fc.assert(property, { numRuns: Math.ceil(runs * SHARE), seed: SEED });
}

/** Compares every backend on one problem; false where a kink is too near to compare. */
export async function checkProblem(problem: Problem, threads = 1): Promise<boolean> {
  const found = await deviations(problem, threads);
  if (!found) return false;
  expect(found[0].error, found[0].where).toBeLessThan(TOLERANCE);
  return true;
}
