/** Which of a call's folds are finished, which are left alone, and which are still to be trained. */

import type { Fold } from '../train/index.js';
import { FormatError } from '../util/errors.js';
import { type FoldRecord, readFold } from './run-file.js';

export interface FoldFailure {
  readonly fold: string;
  readonly message: string;
  readonly hint?: string;
  readonly stack?: string;
  /** It failed in an earlier call and was left alone in this one. */
  readonly earlier?: boolean;
}

export interface FoldsLeft {
  /** Ids. */
  readonly finished: readonly string[];
  /** Failed in an earlier call, or with a log that cannot be read: the others do not suffer from it. */
  readonly failed: readonly FoldFailure[];
  readonly open: readonly Fold[];
}

/** @param retry counts folds that have failed among the open ones */
export function foldsLeft(dir: string, folds: readonly Fold[], retry: boolean): FoldsLeft {
  const finished: string[] = [];
  const failed: FoldFailure[] = [];
  const open: Fold[] = [];
  for (const fold of folds) {
    const record = readTolerantly(dir, fold);
    if (!('finished' in record)) failed.push(record);
    else if (record.finished) finished.push(fold.id);
    else if (record.failed && !retry) {
      const { message, hint } = record.failed;
      failed.push({ fold: fold.id, message, hint, earlier: true });
    } else open.push(fold);
  }
  return { finished, failed, open };
}

/** The fold's record, or what is wrong with its log. */
function readTolerantly(dir: string, { id, heldOut }: Fold): FoldRecord | FoldFailure {
  try {
    return readFold(dir, { id, heldOut: [...heldOut] });
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    return {
      fold: id,
      message: error.message,
      hint: error.hint ?? `mend the file, or delete all files of fold ${id} to train it from its start`,
    };
  }
}
