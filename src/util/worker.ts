/** How the package starts its worker threads. */

import type { WorkerOptions } from 'node:worker_threads';

/**
 * Their files are compiled ones of the package's own, so they take none of the flags that the process's own code was started
 * with: `--input-type=module` alone would make each of them fail.
 */
export const WORKER_OPTIONS: WorkerOptions = { execArgv: [] };
