/** The folds of a run directory as a source: each fold belongs to whoever holds its lock file. */

import type { Fold } from '../train/index.js';
import type { Retry } from './attempts.js';
import type { Experiment } from './experiment.js';
import type { Claim, FoldOutcome, FoldSource } from './fold-source.js';
import { type FoldFailure, foldsLeft } from './folds-left.js';
import { takeLocks } from './lock.js';
import { heldRecord } from './lock-file.js';
import type { LockFence } from './messages.js';
import { foldFiles } from './run-file.js';
import { appendEvent } from './store.js';

/** Milliseconds between the checks that a fold's lock file is still there. */
const HEARTBEAT = 5000;

export interface LocalFolds extends FoldSource {
  /** Ids of the folds that were finished before. */
  readonly finished: readonly string[];
  /** The folds that failed before and are skipped. */
  readonly failed: readonly FoldFailure[];
  /** The folds that nobody has claimed yet. */
  readonly waiting: readonly Fold[];
  /** Releases the locks of the folds that nobody has claimed. */
  close(): void;
}

/**
 * Takes the locks of all unfinished folds of a run directory. A fold's lock is held until its claim is released.
 * @param retry which folds that failed in an earlier call are taken too
 * @throws LexelError naming the process, if another process trains one of these folds
 */
export function localFolds(dir: string, experiment: Experiment, retry: Retry): LocalFolds {
  const before = foldsLeft(dir, experiment.folds, retry);
  const lockOf = (fold: Fold) => foldFiles(dir, fold.id).lock;
  const release = takeLocks(
    before.open.map((fold) => ({ file: lockOf(fold), what: `fold ${fold.id} of ${dir}` })),
  );
  // Read again: another process may have finished some folds before their locks were taken.
  const now = foldsLeft(dir, before.open, retry);
  for (const fold of before.open) if (!now.open.includes(fold)) release(lockOf(fold));
  const waiting = [...now.open];
  return {
    finished: [...before.finished, ...now.finished],
    failed: [...before.failed, ...now.failed],
    waiting,
    async claim(signal) {
      const fold = signal.aborted ? undefined : waiting.shift();
      return fold ? new LocalClaim(dir, experiment, fold, () => release(lockOf(fold))) : null;
    },
    close() {
      for (const fold of waiting) release(lockOf(fold));
    },
  };
}

class LocalClaim implements Claim {
  readonly heartbeatEvery = HEARTBEAT;
  readonly fence: LockFence;
  readonly lost = new AbortController().signal;

  constructor(
    readonly dir: string,
    readonly experiment: Experiment,
    readonly fold: Fold,
    private readonly unlock: () => void,
  ) {
    const { lock } = foldFiles(dir, fold.id);
    this.fence = { file: lock, record: heldRecord(lock) ?? '' };
  }

  async heartbeat(): Promise<void> {
    // The fold's thread checks its lock before every write: nothing to renew.
  }

  checkpointed(): void {
    // It is where the next call looks for it.
  }

  async commit(): Promise<void> {
    // The fold's thread has written the result into the run directory.
  }

  async release(outcome: FoldOutcome): Promise<void> {
    // If another process has the lock, so it has the log.
    const own = outcome.type === 'failed' && !outcome.refused && outcome.code !== 'LEXEL_LOCKED';
    if (own) this.recordFailure(outcome.message, outcome.hint);
    this.unlock();
  }

  /** Writes the failure to the fold's log, if possible. */
  private recordFailure(message: string, hint: string | undefined): void {
    const { id } = this.fold;
    try {
      appendEvent(this.dir, { type: 'failed', fold: id, message, hint, time: new Date().toISOString() });
    } catch {
      // The disk may be full. Without a failure in its log, the fold is tried again in the next call.
    }
  }
}
