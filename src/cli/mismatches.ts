/** Results that came twice with different bits. */

import type { StoredExperiment } from '../queue/index.js';
import { visible } from '../util/visible.js';
import { printError } from './terminal.js';

/**
 * Prints an error for each second result that differs from the first, with both workers.
 * @param folds ids of the folds that are looked at
 * @returns the differences
 */
export async function tellMismatches(stored: StoredExperiment, folds: readonly string[]) {
  const { mismatches } = await import('../queue/index.js');
  const different = await mismatches(stored, folds);
  for (const { fold, first, second } of different) {
    const [one, other] = [first, second].map(({ id, host }) => `worker ${id} on ${visible(host)}`);
    printError(`lexel: fold ${visible(fold)}: ${one} and ${other} got different bits`);
  }
  return different;
}
