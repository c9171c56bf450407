/**
 * How often a fold is tried where nobody looks at each failure: in array jobs, which a scheduler starts again, and by the
 * workers of a queue. A fold that has failed as often as it may is poisoned: it is left alone, because trying it for ever
 * would keep a machine busy without a result.
 */

import type { FoldRecord } from './run-file.js';

/** How often a fold is tried, all calls together, unless the user gives another number. */
export const ATTEMPTS = 3;

/** Whether a fold that failed before is tried: always, never, or until it has failed `attempts` times. */
export type Retry = boolean | { readonly attempts: number };

/** Whether the fold has failed as often as it may. */
export function isPoisoned({ failed, failures }: Pick<FoldRecord, 'failed' | 'failures'>, attempts: number) {
  return failed !== null && failures >= attempts;
}

/** Whether a fold is tried in this call: it has not failed, or is tried again. */
export function isTried(record: Pick<FoldRecord, 'failed' | 'failures'>, retry: Retry): boolean {
  if (!record.failed) return true;
  return typeof retry === 'boolean' ? retry : !isPoisoned(record, retry.attempts);
}
