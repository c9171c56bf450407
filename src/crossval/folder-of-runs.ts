/** The error for a folder of runs in the place of one. A file of its own: the command line loads it at every start. */

import { UsageError } from '../util/errors.js';

/** A folder of runs was named where one run is needed. */
export class FolderOfRunsError extends UsageError {
  override name = 'FolderOfRunsError';
  constructor(
    message: string,
    hint: string,
    /** The folder as named. */
    readonly folder: string,
    /** What to name instead: one run, or two to compare. */
    readonly instead: readonly string[],
    /** The option that names it, such as "--model"; undefined for an argument. */
    readonly option?: string,
  ) {
    super(message, hint);
  }
}
