/**
 * Where folds to train come from, and where their results go. The local runner takes them from a run directory and its lock
 * files; workers of a queue take them from the queue, and their results go to the store.
 */

import type { Fold } from '../train/index.js';
import type { Experiment } from './experiment.js';
import type { LockFence, WorkerMessage } from './messages.js';

export interface FoldSource<C extends Claim = Claim> {
  /**
   * Claims a fold that no other process has: one atomic operation. Waits for a fold if more may come.
   * @returns null if none is left, or if the signal is aborted
   */
  claim(signal: AbortSignal): Promise<C | null>;
}

/** The last message of the thread that trained a fold. */
export type FoldOutcome = Exclude<WorkerMessage, { type: 'event' | 'checkpoint' }>;

/**
 * A fold that this process may train. A claim can be lost: another process may take the fold over if this one does not
 * renew the claim in time, for example because its machine slept. What this process writes afterwards must not replace
 * what its successor wrote. Every claim therefore has a fencing token: a lock file's record, or a number that grows with
 * each claim of the fold; whoever keeps checkpoints and results checks it.
 */
export interface Claim {
  readonly fold: Fold;
  readonly experiment: Pick<Experiment, 'run' | 'dataset' | 'vectors' | 'network' | 'config' | 'backend'>;
  /** The directory in which the fold's thread writes its files (`foldFiles`). */
  readonly dir: string;
  /** A lock that the fold's thread checks before it writes; absent if nobody else writes into `dir`. */
  readonly fence?: LockFence;
  /** Aborted when another process has the fold. Training stops; {@link Claim.release} is called with 'stopped'. */
  readonly lost: AbortSignal;
  /** Milliseconds between calls of {@link Claim.heartbeat}. */
  readonly heartbeatEvery: number;
  /** Renews the claim; never rejects. */
  heartbeat(): Promise<void>;
  /** The fold's thread has saved the checkpoint of an epoch in `dir`. Does not wait for what it starts. */
  checkpointed(epoch: number): void;
  /**
   * The result is complete in `dir`: makes it the fold's result, unless it has one already.
   * @throws LexelError if that is impossible at present
   */
  commit(): Promise<void>;
  /** Gives the fold back; called once, after `commit` if that was called, whatever came of it. */
  release(outcome: FoldOutcome): Promise<void>;
}
