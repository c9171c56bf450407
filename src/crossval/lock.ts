/**
 * Lock files: two processes must not train the same fold, nor write run.json at once. A lock names the process that
 * holds it; one whose process is gone (killed, or the machine restarted) is taken over.
 */

import {
  closeSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { dirname, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { LexelError } from '../util/errors.js';

const Holder = z.object({
  pid: z.int(),
  host: z.string(),
  /** When the process began, as its system tells it, since process ids are used again; null where it does not. */
  began: z.string().nullable(),
  since: z.string(),
});
type Holder = z.infer<typeof Holder>;

/** What one lock is called for people, in messages: "fold willow_tree". */
export interface LockFile {
  readonly file: string;
  readonly what: string;
}

/** Locks of this process: one of its own id that is not here was left by an earlier process of that id. */
const own = new Set<string>();

/**
 * Takes all locks, or none.
 * @returns a function that gives one of them back; to be called for each
 * @throws LexelError naming the process that holds one of them
 */
export function takeLocks(locks: readonly LockFile[]): (file: string) => void {
  const taken: string[] = [];
  try {
    for (const { file, what } of locks) {
      const holder = take(resolve(file));
      if (holder) throw held(file, what, holder);
      taken.push(file);
    }
  } catch (error) {
    for (const file of taken) release(file);
    throw error;
  }
  return release;
}

/** Runs `work` under a lock that others hold for a moment only, and so waits for it. */
export async function withLock<T>(lock: LockFile, work: () => T, patience = 10_000): Promise<T> {
  const file = resolve(lock.file);
  for (let waited = 0; ; waited += 50) {
    const holder = take(file);
    if (!holder) break;
    if (waited >= patience) throw held(lock.file, lock.what, holder);
    await sleep(50);
  }
  try {
    return work();
  } finally {
    release(file);
  }
}

/** Gives a lock back; nothing happens when it is not, or no longer, this process's. */
function release(file: string): void {
  if (own.delete(resolve(file))) rmSync(file, { force: true });
}

/** Null when the lock is ours now, else who holds it ("unreadable" while its holder is still writing it). */
function take(file: string): Holder | 'unreadable' | null {
  mkdirSync(dirname(file), { recursive: true });
  for (let attempt = 0; ; attempt++) {
    try {
      const descriptor = openSync(file, 'wx');
      writeSync(descriptor, `${JSON.stringify(self())}\n`);
      closeSync(descriptor);
      own.add(file);
      return null;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const before = read(file);
    if (before === null) continue; // given back just now
    if (attempt > 3 || !isStale(file, before)) return before.holder ?? 'unreadable';
    discard(file, before.text);
  }
}

function self(): Holder {
  return {
    pid: process.pid,
    host: hostname(),
    began: beginning(process.pid),
    since: new Date().toISOString(),
  };
}

function read(file: string): { text: string; age: number; holder?: Holder } | null {
  try {
    const text = readFileSync(file, 'utf8');
    const age = Date.now() - statSync(file).mtimeMs;
    const parsed = Holder.safeParse(text.endsWith('}\n') ? JSON.parse(text) : undefined);
    return { text, age, holder: parsed.data };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/** A process of another machine cannot be asked, so its lock is never stale. */
function isStale(file: string, { age, holder }: { age: number; holder?: Holder }): boolean {
  if (!holder) return age > 10_000; // cut off while it was written
  if (holder.host !== hostname()) return false;
  if (holder.pid === process.pid) return !own.has(file);
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return true;
  }
  const now = beginning(holder.pid);
  return now !== null && holder.began !== null && now !== holder.began;
}

/** Removes a stale lock, unless another process was quicker: what was moved away must be what was judged. */
function discard(file: string, judged: string): void {
  const aside = `${file}.${process.pid}`;
  try {
    renameSync(file, aside);
    if (readFileSync(aside, 'utf8') === judged) rmSync(aside);
    else renameSync(aside, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

/** When a process began, in the system's own count (Linux: field 22 of /proc/<pid>/stat); null where it is not told. */
function beginning(pid: number): string | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ')[19] ?? null;
  } catch {
    return null;
  }
}

function held(file: string, what: string, holder: Holder | 'unreadable'): LexelError {
  if (holder === 'unreadable') return new LexelError(`${what} is in use by another process (${file})`);
  const { pid, host, since } = holder;
  const where = host === hostname() ? '' : ` on ${host}`;
  return new LexelError(
    `${what} is in the hands of process ${pid}${where} since ${since}`,
    `wait until it is done or stop it; if no such process runs any more, delete ${file}`,
  );
}
