/** Sorts a call's folds into finished, failed and open ones. */

import type { Fold } from '../train/index.js';
import type { ErrorCode } from '../util/errors.js';
import { FormatError } from '../util/errors.js';
import { isTried, type Retry } from './attempts.js';
import { type FoldRecord, readFold } from './run-file.js';

export interface FoldFailure {
  readonly fold: string;
  readonly message: string;
  readonly hint?: string;
  /** Undefined for unexpected errors, which are bugs in Lexel, and for failures of an earlier call. */
  readonly code?: ErrorCode;
  readonly stack?: string;
  /** True if it failed in an earlier call and was skipped in this one. */
  readonly earlier?: boolean;
}

export interface FoldsLeft {
  /** Ids of finished folds. */
  readonly finished: readonly string[];
  /** Folds that failed in an earlier call or whose log cannot be read; the other folds are trained nevertheless. */
  readonly failed: readonly FoldFailure[];
  readonly open: readonly Fold[];
}

/** @param retry which failed folds count as open */
export function foldsLeft(dir: string, folds: readonly Fold[], retry: Retry): FoldsLeft {
  const finished: string[] = [];
  const failed: FoldFailure[] = [];
  const open: Fold[] = [];
  for (const fold of folds) {
    const record = readTolerantly(dir, fold);
    if (!('finished' in record)) failed.push(record);
    else if (record.finished) finished.push(fold.id);
    else if (record.failed && !isTried(record, retry)) {
      const { message, hint } = record.failed;
      failed.push({ fold: fold.id, message, hint, earlier: true });
    } else open.push(fold);
  }
  return { finished, failed, open };
}

/** The fold's record, or the problem with its log. */
function readTolerantly(dir: string, { id, heldOut }: Fold): FoldRecord | FoldFailure {
  try {
    return readFold(dir, { id, heldOut: [...heldOut] });
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    return {
      fold: id,
      message: error.message,
      hint: error.hint ?? `repair the file, or delete all files of fold ${id} to train it from the start`,
    };
  }
}
