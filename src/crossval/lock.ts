/**
 * Locks prevent two processes from training the same fold or writing run.json at the same time. A lock names
 * its holder. If that process no longer exists (killed, or the machine restarted), the lock is taken over (see
 * lock-file.ts).
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { LexelError } from '../util/errors.js';
import { giveBack, type Holder, LockRecord, type LockState, removeClaims, takeLock } from './lock-file.js';

/** A lock, with a description for messages such as "fold willow_tree". */
export interface LockFile {
  readonly file: string;
  readonly what: string;
}

/**
 * Takes all locks, or none.
 * @param more additional content of their record
 * @returns a function that releases one lock; call it for each
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

/** Runs `work` under a lock that is only held briefly; waits up to `patience` milliseconds for it. */
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

/** The lock is held by another process, or its holder cannot be read. */
class LockRefused extends LexelError {
  constructor(message: string, hint?: string, options?: ErrorOptions) {
    super(message, hint, { ...options, code: 'LEXEL_LOCKED' });
  }
}

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
    `${what} is locked by process ${holder.pid}${where} since ${holder.since}${stopped}`,
    state === 'stopped'
      ? `continue it with \`lexel pause --continue\` and its run directory, or with \`kill -CONT ${holder.pid}\``
      : `wait until it is done, or stop it; if the process no longer exists, delete ${file}`,
  );
}
