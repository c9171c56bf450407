/**
 * Locks: two processes must not train the same fold, nor write run.json at once. A lock names the process that holds
 * it; one whose process is gone (killed, or the machine restarted) is taken over ({@link takeLock} says how).
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { LexelError } from '../util/errors.js';
import { giveBack, type Holder, LockRecord, type LockState, removeClaims, takeLock } from './lock-file.js';

/** What one lock is called for people, in messages: "fold willow_tree". */
export interface LockFile {
  readonly file: string;
  readonly what: string;
}

/**
 * Takes all locks, or none.
 * @param more what their record says besides
 * @returns a function that gives one of them back; to be called for each
 * @throws LexelError naming the process that holds one of them, or the lock that cannot be written or read
 */
export function takeLocks(
  locks: readonly LockFile[],
  more: Pick<Holder, 'paused'> = {},
): (file: string) => void {
  const taken: string[] = [];
  const record = new LockRecord(more);
  try {
    for (const { file, what } of locks) {
      const other = takeLock(file, record);
      if (other) throw refused(file, what, other);
      taken.push(file);
    }
    removeClaims(taken);
  } catch (error) {
    for (const file of taken) giveBack(file);
    throw error;
  } finally {
    record.dispose();
  }
  return giveBack;
}

/** Runs `work` under a lock that others hold for a moment only, and so waits for it. */
export async function withLock<T>(lock: LockFile, work: () => T, patience = 10_000): Promise<T> {
  const end = performance.now() + patience;
  for (;;) {
    try {
      takeLocks([lock]);
      break;
    } catch (error) {
      if (!(error instanceof LockRefused) || performance.now() > end) throw error;
      await sleep(50);
    }
  }
  try {
    return work();
  } finally {
    giveBack(lock.file);
  }
}

/** The lock is another's, or does not say whose. */
class LockRefused extends LexelError {}

function refused(file: string, what: string, other: LockState): LockRefused {
  if ('problem' in other) {
    return new LockRefused(
      `${what} cannot be locked: ${other.file}: ${other.problem}`,
      `try again; if no process works there, delete ${other.file}`,
    );
  }
  const { holder, state } = other;
  const where = state === 'elsewhere' ? ` on ${holder.host}` : '';
  const stopped = state === 'stopped' ? ', which is stopped (paused)' : '';
  return new LockRefused(
    `${what} is in the hands of process ${holder.pid}${where} since ${holder.since}${stopped}`,
    state === 'stopped'
      ? `\`lexel pause --continue\` with its run directory, or \`kill -CONT ${holder.pid}\`, lets it go on`
      : `wait until it is done or stop it; if no such process runs any more, delete ${file}`,
  );
}
