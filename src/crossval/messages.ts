/** Messages and shared flags between the runner and its worker threads. */

import type { BackendChoice } from '../engine/index.js';
import { DriftError, type Fold, type FoldEvent } from '../train/index.js';
import { type ErrorCode, LexelError, UsageError } from '../util/errors.js';
import type { Experiment } from './experiment.js';

/** What a worker needs to train a fold. Pixels and labels are in shared memory and are not copied. */
export interface FoldTask {
  readonly experiment: Pick<Experiment, 'run' | 'dataset' | 'vectors' | 'network' | 'config'>;
  readonly fold: Fold;
  readonly images: { readonly indices: Int32Array; readonly droppedDuplicates: number };
  readonly backend: BackendChoice;
  readonly threads: number;
}

/** A lock file, and the record that it holds as long as it belongs to whoever wrote the record. */
export interface LockFence {
  readonly file: string;
  readonly record: string;
}

/** The data of a worker: one fold of a run directory. */
export interface WorkerTask extends FoldTask {
  readonly dir: string;
  /** Checked before every write into `dir`. */
  readonly fence?: LockFence;
  readonly allowDrift: boolean;
  /** In shared memory: see {@link FLAG_STOP} and the constants below it. */
  readonly flags: Int32Array;
}

/** The runner sets it to 1 to stop the worker before its next step. */
export const FLAG_STOP = 0;
/** Steps done in this fold, including those before a resume; updated by the worker. */
export const FLAG_STEPS = 1;
/** Steps done before the resume; the rate excludes them. Set by the worker. */
export const FLAG_RESUMED = 2;
/** Milliseconds for which the process was paused (`lexel pause`) since the fold began; updated by the runner. */
export const FLAG_PAUSED = 3;
/** Images evaluated since the last epoch; updated by the worker. */
export const FLAG_EVALUATED = 4;
/** Number of flags. */
const FLAGS = 5;

/** Flags of a fold that nobody has started, in memory that threads can share. */
export const newFlags = () => new Int32Array(new SharedArrayBuffer(4 * FLAGS));

/** Messages from a worker. The last one is 'finished', 'stopped' or 'failed'. */
export type WorkerMessage =
  | { readonly type: 'event'; readonly event: FoldEvent }
  | { readonly type: 'checkpoint'; readonly epoch: number }
  | { readonly type: 'finished' }
  | { readonly type: 'stopped'; readonly epoch: number }
  | {
      readonly type: 'failed';
      readonly message: string;
      readonly hint?: string;
      /** Undefined for unexpected errors. */
      readonly code?: ErrorCode;
      /** Only for unexpected errors, which are bugs in Lexel. */
      readonly stack?: string;
      /** The options of the call were rejected; the fold itself did not fail. */
      readonly refused?: boolean;
    };

/** The last message of a fold that threw `error`. */
export function failure(error: unknown): Extract<WorkerMessage, { type: 'failed' }> {
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  const known = error instanceof LexelError;
  const refused = error instanceof UsageError || error instanceof DriftError;
  return {
    type: 'failed',
    message,
    hint: known ? error.hint : undefined,
    code: known ? error.code : undefined,
    stack: known ? undefined : stack,
    refused,
  };
}
