/** What the runner and its worker threads say to each other. */

import type { BackendChoice } from '../engine/index.js';
import { DriftError, type Fold, type FoldEvent } from '../train/index.js';
import { LexelError, UsageError } from '../util/errors.js';
import type { Experiment } from './experiment.js';

/** Given to a worker at its start: one fold. Pixels and labels lie in shared memory and are not copied. */
export interface WorkerTask {
  readonly dir: string;
  readonly experiment: Pick<Experiment, 'run' | 'dataset' | 'vectors' | 'network' | 'config'>;
  readonly fold: Fold;
  readonly images: { readonly indices: Int32Array; readonly droppedDuplicates: number };
  readonly backend: BackendChoice;
  readonly threads: number;
  readonly allowDrift: boolean;
  /** Shared: see {@link FLAG_STOP} and {@link FLAG_STEPS}. */
  readonly flags: Int32Array;
}

/** Set to 1 by the runner: the worker stops before its next step. */
export const FLAG_STOP = 0;
/** Steps done in this fold, resumed ones included, kept up by the worker. */
export const FLAG_STEPS = 1;
/** Steps that a checkpoint brought, so that the rate counts only what was done in this call. */
export const FLAG_RESUMED = 2;
/** Milliseconds for which the process has stood still (`lexel pause`) since the fold began, kept up by the runner. */
export const FLAG_PAUSED = 3;
/** Number of flags. */
export const FLAGS = 4;

/** From a worker. The last one is finished, stopped or failed. */
export type WorkerMessage =
  | { readonly type: 'event'; readonly event: FoldEvent }
  | { readonly type: 'finished' }
  | { readonly type: 'stopped'; readonly epoch: number }
  | {
      readonly type: 'failed';
      readonly message: string;
      readonly hint?: string;
      /** For errors that are Lexel's own fault. */
      readonly stack?: string;
      /** The call was refused, and another one may do: no fault of the fold. */
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
    stack: known ? undefined : stack,
    refused,
  };
}
