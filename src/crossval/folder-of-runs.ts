/** In a separate file, because the command line loads it at every start. */

import { UsageError } from '../util/errors.js';

/** A folder of runs was given where a run is needed. */
export class FolderOfRunsError extends UsageError {
  override name = 'FolderOfRunsError';
  constructor(
    message: string,
    hint: string,
    /** The folder as given. */
    readonly folder: string,
    /** Runs to give instead: one, or two for a comparison. */
    readonly instead: readonly string[],
    /** The option with the path, such as "--model"; undefined for an argument. */
    readonly option?: string,
  ) {
    super(message, hint);
  }
}
