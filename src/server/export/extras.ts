/**
 * What an export has beyond the runs themselves, as far as it stays small: comparisons of two runs, other readings, maps of
 * single folds, and models. Whatever does not fit is named in the file that the page reads, and to the user.
 */

import type { ExportedFile } from './app-files.js';

/** Bytes of all extras of an export. */
export const MOST_EXTRA_BYTES = 16 << 20;
/** Pairs of runs that are compared; each takes some seconds. */
export const MOST_PAIRS = 45;
/** Maps of single folds of a run; UMAP takes some seconds for each. */
export const MOST_FOLD_MAPS = 10;

/** Why an extra is left out. */
export const TOO_LARGE = `comparisons, readings, maps of single folds and models of an export take at most ${MOST_EXTRA_BYTES >> 20} MiB`;

/** Counts the bytes of extras. */
export class Budget {
  /** Whether something did not fit. Nothing more is computed then, so that an export also ends in time. */
  full = false;

  constructor(private left: number) {}

  /** Whether files fit; if so, they are counted. */
  takes(files: readonly ExportedFile[]): boolean {
    const bytes = files.reduce((sum, { content }) => sum + content.length, 0);
    if (this.full || bytes > this.left) {
      this.full = true;
      return false;
    }
    this.left -= bytes;
    return true;
  }
}
