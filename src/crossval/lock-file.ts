/**
 * Operations on one lock file: take, take over, release, read.
 *
 * A lock is never empty or half-written: its record is first written to a temporary file, which is then linked
 * to the lock's name. link(2) fails if that name exists.
 *
 * To take over the lock of a dead process, a process links its record to a claim file,
 * `<lock>.after-<hash of the dead record>`. If several processes find the same holder dead, only one of them can
 * create this file. It then renames the claim file to the lock's name. If it dies before the rename, the next
 * process claims its record in the same way. The records therefore form a chain that starts at the lock's name, and the
 * process that wrote the last record holds the lock.
 *
 * A slow process may claim a record that is no longer in the chain. Every process therefore reads the chain
 * again after linking, and holds the lock only if its record is the last. From then on, only this process may
 * change the chain, since all earlier holders are dead. Hence two processes never hold the same lock, however
 * their steps interleave.
 */

import { createHash, randomUUID } from 'node:crypto';
import { linkSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { writeWhole } from '../formats/atomic.js';
import { isTemporary, removed, temporaryName } from '../formats/temporary.js';
import { LexelError } from '../util/errors.js';
import { makeFolder } from '../util/make-folder.js';
import { beganAt, type ProcessState, stateOf } from '../util/processes.js';
import { isLink, NotRegularError, readRegular } from '../util/regular-file.js';
import { cannotWrite, hasNoLinks, systemProblem } from '../util/system-errors.js';
import * as z from '../util/zod.js';
import { ArrayTask, arrayTask, isEarlierStart, podOf } from './array-task.js';
import type { LockFence } from './messages.js';

/** A process of the lock's host; `began` is its start time as reported by the system, null if unavailable. */
const Process = z.object({ pid: z.int().positive(), began: z.string().nullable() });

const Holder = Process.extend({
  host: z.string(),
  since: z.string(),
  /** Makes each record unique, so that its hash identifies one acquisition of the lock. Absent in older locks. */
  id: z.string().optional(),
  /** The task of an array job that the process belongs to; absent outside of such jobs and in older locks. */
  task: ArrayTask.optional(),
  /** In pause.lock: the processes that the holder has stopped or is about to stop. Absent in older locks. */
  paused: z.array(Process).optional(),
});
export type Holder = z.infer<typeof Holder>;

/** A lock's holder and the state of that process, or the problem if the file cannot be read. */
export type LockState =
  | { readonly holder: Holder; readonly state: ProcessState | 'elsewhere' }
  | { readonly file: string; readonly problem: string };

/** One record of a chain. */
interface Link {
  readonly file: string;
  readonly text: string;
  readonly holder?: Holder;
  readonly problem?: string;
}

/** Locks that this thread holds: absolute path -> record. */
const own = new Map<string, string>();

/** This process's record, written once per folder in which locks are taken. */
export class LockRecord {
  readonly text: string;
  private readonly files = new Map<string, string>();

  constructor(more: Pick<Holder, 'paused'> = {}) {
    const holder: Holder = {
      pid: process.pid,
      host: hostOf(),
      began: beganAt(process.pid),
      since: new Date().toISOString(),
      id: randomUUID(),
      task: arrayTask() ?? undefined,
      ...more,
    };
    this.text = `${JSON.stringify(holder)}\n`;
  }

  /** Creates `file` with the record. @returns false if the file already exists */
  create(file: string): boolean {
    try {
      linkSync(this.writtenBeside(file), file);
      return true;
    } catch (error) {
      if (isExisting(error)) return false;
      if (!hasNoLinks(error)) throw error;
    }
    // 'wx' is still exclusive there, but a process that is killed during the write leaves a lock without a holder, which
    // the user has to delete.
    try {
      writeWhole(file, [this.text], 'wx');
      return true;
    } catch (error) {
      if (isExisting(error)) return false;
      throw error;
    }
  }

  private writtenBeside(file: string): string {
    const folder = dirname(file);
    const there = this.files.get(folder);
    if (there) return there;
    const temporary = temporaryName(file);
    writeWhole(temporary, [this.text], 'w');
    this.files.set(folder, temporary);
    return temporary;
  }

  /** Removes the temporary files. The locks stay. */
  dispose(): void {
    for (const file of this.files.values()) removed(file);
    this.files.clear();
  }
}

const isExisting = (error: unknown) => (error as NodeJS.ErrnoException).code === 'EEXIST';

/** Limit of attempts for a file that can be neither created nor read. Each change by another process costs one. */
const ATTEMPTS = 1000;

/**
 * Takes a lock that is free, or whose process is dead.
 * @returns null if this process now holds the lock, else the lock's state
 * @throws SystemError naming the lock if it cannot be written, for example on a full disk
 */
export function takeLock(file: string, record: LockRecord): LockState | null {
  try {
    makeFolder(dirname(file));
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const last = readChain(file).at(-1);
      if (!last) {
        if (!record.create(file)) continue;
      } else {
        const state = judge(file, last);
        if (!('state' in state) || state.state !== 'gone') return state;
        if (!succeed(file, last, record)) continue;
      }
      own.set(resolve(file), record.text);
      return null;
    }
  } catch (error) {
    throw cannotWrite(file, error);
  }
  return { file, problem: 'it can be neither created nor read' };
}

/** The suffix that `succeed` appends to a lock's name. */
const CLAIM = /\.after-[0-9a-f]{16}$/;

/** Replaces a dead process's record by this one. @returns false if another process was faster */
function succeed(file: string, dead: Link, record: LockRecord): boolean {
  const claim = `${file}.after-${hash(dead.text)}`;
  if (!record.create(claim)) return false;
  let renamed = false;
  try {
    if (readChain(file).at(-1)?.text !== record.text) return false;
    renameSync(claim, file);
    renamed = true;
  } finally {
    if (!renamed) removed(claim);
  }
  return true;
}

/**
 * Removes claim files that interrupted takeovers of these locks have left. This process must hold all of the
 * locks; the claim files are then no longer part of a chain, and files that cannot be removed do no harm.
 */
export function removeClaims(files: readonly string[]): void {
  const locks = new Set(files.map((file) => resolve(file)));
  for (const folder of new Set([...locks].map(dirname))) {
    for (const name of readdirSync(folder)) {
      const { index } = CLAIM.exec(name) ?? {};
      if (index !== undefined && locks.has(join(folder, name.slice(0, index)))) removed(join(folder, name));
    }
  }
}

/** Whether a file name is the lock's, or that of a temporary or claim file of the lock. */
export function belongsToLock(name: string, lock: string): boolean {
  return name === lock || (name.startsWith(`${lock}.`) && (CLAIM.test(name) || isTemporary(name)));
}

/** Releases a lock; does nothing if this process does not hold it. */
export function giveBack(file: string): void {
  const text = own.get(resolve(file));
  if (text === undefined) return;
  own.delete(resolve(file));
  if (readLink(file)?.text === text) rmSync(file, { force: true });
}

/** The record with which this thread holds a lock; it passes {@link checkHeld} until another process has the lock. */
export function heldRecord(file: string): string | undefined {
  return own.get(resolve(file));
}

/**
 * Checks, in any thread of the process, that a lock still has the holder who wrote the record. Somebody may have deleted the
 * lock of a process that seemed dead.
 * @throws LexelError if another process holds the lock, or nobody
 */
export function checkHeld({ file, record }: LockFence, what: string): void {
  if (readChain(file).at(-1)?.text === record) return;
  throw new LexelError(
    `${what} no longer belongs to this process: its lock ${file} was deleted or taken over`,
    'another process may be training it; this one has stopped and left its files alone',
    { code: 'LEXEL_LOCKED' },
  );
}

/** A lock's holder and the state of that process; null if the lock is free. Never throws. */
export function lockState(file: string): LockState | null {
  const last = readChain(file).at(-1);
  return last ? judge(file, last) : null;
}

function judge(file: string, { file: read, holder, problem }: Link): LockState {
  return holder ? { holder, state: stateOfHolder(file, holder) } : { file: read, problem: problem! };
}

function stateOfHolder(file: string, holder: Holder): ProcessState | 'elsewhere' {
  // The state of a process on another machine is unknown, unless the scheduler guarantees that it has ended.
  if (holder.host !== hostOf()) return isEarlierStart(holder.task, arrayTask()) ? 'gone' : 'elsewhere';
  if (holder.pid === process.pid && holder.began === null && !own.has(resolve(file))) {
    // The holder is this process, in another thread or under another path, or an earlier process with the same id.
    const start = Date.now() - process.uptime() * 1000;
    return Date.parse(holder.since) < start ? 'gone' : 'running';
  }
  return stateOf(holder);
}

/** Name of the machine, or of the pod, on which a process id identifies a process. */
const hostOf = () => [hostname(), podOf()].filter(Boolean).join('/');

/** The chain of records, from the lock's; all but the last belong to dead processes. */
function readChain(file: string): Link[] {
  const chain: Link[] = [];
  for (let next = readLink(file); next; next = readLink(`${file}.after-${hash(next.text)}`)) {
    chain.push(next);
  }
  return chain;
}

function readLink(file: string): Link | null {
  let text: string;
  try {
    text = readRegular(file).toString('utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' && !isLink(file)) return null;
    const problem =
      code === 'ENOENT'
        ? 'it is a link to nothing'
        : error instanceof NotRegularError
          ? `it ${message}`
          : (systemProblem(error) ?? message);
    return { file, text: '', problem };
  }
  if (text.trim() === '') return { file, text, problem: 'it is empty' };
  try {
    const { data } = Holder.safeParse(JSON.parse(text));
    return data ? { file, text, holder: data } : { file, text, problem: 'it names no process' };
  } catch {
    return { file, text, problem: 'it is not JSON' };
  }
}

const hash = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 16);
