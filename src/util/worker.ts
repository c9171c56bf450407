/** Options for starting worker threads. */

import type { WorkerOptions } from 'node:worker_threads';

/**
 * Workers run compiled files of this package, so they must not inherit the Node flags of the process; for example,
 * `--input-type=module` would make them all fail.
 */
export const WORKER_OPTIONS: WorkerOptions = { execArgv: [] };
