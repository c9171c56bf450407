/** The message about folds that failed, and the exit code that follows. */

import type { FoldPlan, RunOutcome } from '../crossval/index.js';
import { isPoisoned, readFold } from '../crossval/index.js';
import { EXIT_CODES, FormatError } from '../util/errors.js';
import { visible } from '../util/visible.js';
import { printError } from './terminal.js';

interface Failures {
  readonly failed: RunOutcome['failed'];
  /** Ids of failed folds that are not tried again. */
  readonly poisoned: readonly string[];
  /** Number of folds of the call. */
  readonly folds: number;
  /** How often a fold is tried in an array job. */
  readonly attempts?: number;
}

/** The failed folds that have used up their attempts. Nothing is known about one whose log cannot be read. */
export function poisonedFolds(
  dir: string,
  folds: readonly { readonly id: string; readonly heldOut: readonly number[] }[],
  attempts: number,
): string[] {
  const poisoned = ({ id, heldOut }: FoldPlan) => {
    try {
      return isPoisoned(readFold(dir, { id, heldOut }), attempts);
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      return false;
    }
  };
  return folds
    .map(({ id, heldOut }) => ({ id, heldOut: [...heldOut] }))
    .filter(poisoned)
    .map(({ id }) => id);
}

/**
 * Prints what failed, and how to go on.
 * @param safe a sentence about the finished folds, or nothing
 * @param retryWith the command that tries failed folds again
 * @returns 42 if only poisoned folds are left, else 1
 */
export function tellFailures(
  { failed, poisoned, folds, attempts }: Failures,
  { safe, retryWith }: { readonly safe: string; readonly retryWith: string },
): number {
  const isPoison = (fold: string) => poisoned.includes(fold);
  printError(`lexel: ${failed.length} of ${folds} folds failed:`);
  for (const { fold, message, hint, earlier } of failed) {
    const when = isPoison(fold)
      ? ` (poisoned: failed ${attempts} times or more, not tried again)`
      : earlier
        ? ' (in an earlier call; not tried again in this one)'
        : '';
    printError(`  ${fold}: ${visible(message)}${when}${hint ? `\n    ${hint}` : ''}`);
  }
  const left = failed.length - poisoned.length;
  if (attempts !== undefined && left > 0) {
    printError(`${safe}Start the task again to go on with ${left === 1 ? 'one' : left} of them.`);
    return EXIT_CODES.failed;
  }
  printError(`${safe}Try the failed folds again with: ${retryWith}`);
  return attempts === undefined ? EXIT_CODES.failed : EXIT_CODES.poisoned;
}

/** From the best to the worst: what may still be tried is worse than what is poisoned, because the job goes on. */
const SEVERITY: readonly number[] = [
  EXIT_CODES.done,
  EXIT_CODES.poisoned,
  EXIT_CODES.failed,
  EXIT_CODES.interrupted,
];

/** The exit code of a command that ran several runs. */
export function worse(a: number, b: number): number {
  return SEVERITY.indexOf(a) > SEVERITY.indexOf(b) ? a : b;
}
