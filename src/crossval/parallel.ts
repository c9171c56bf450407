/** How many folds are trained at once, and with how many threads each. */

import { usableCores } from '../util/machine.js';

export interface ParallelOptions {
  /** Number of folds trained at once; default one per core. */
  readonly workers?: number;
  /**
   * Threads per training step; default the cores divided by the workers. The result is bit-identical for any
   * number.
   */
  readonly threads?: number;
}

export interface Parallel {
  readonly workers: number;
  readonly threads: number;
}

/** @param folds number of folds to train */
export function parallelOf(folds: number, options: ParallelOptions): Parallel {
  const cores = usableCores();
  const workers = Math.max(1, Math.min(options.workers ?? cores, folds));
  return { workers, threads: options.threads ?? Math.max(1, Math.floor(cores / workers)) };
}
