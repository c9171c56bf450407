/** What is computed from a run, in a worker thread (worker.ts). */

import { loadRun, type RunData } from '../../statistics/load.js';
import { type Summary, summarise } from '../../statistics/summary.js';

export interface JobOptions {
  readonly dir: string;
  /** The run with its present folds (src/server/run-list/summary-cache.ts). */
  readonly key: string;
}

/** The run that was loaded last: its jobs mostly follow one another. */
let loaded: { readonly key: string; readonly data: RunData; summary?: Summary } | undefined;

function load({ dir, key }: JobOptions) {
  if (loaded?.key !== key) loaded = { key, data: loadRun(dir) };
  return loaded;
}

function summaryOf(options: JobOptions): Summary {
  const own = load(options);
  own.summary ??= summarise(own.data);
  return own.summary;
}

export const JOBS = {
  summary: (options: JobOptions): Summary => summaryOf(options),
};
export type JobName = keyof typeof JOBS;
