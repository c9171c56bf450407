/**
 * One lock file: taken, taken over, given back, read.
 *
 * A lock is never empty or half-written: its record is written to a temporary file first, which is then linked under
 * the lock's name, and link(2) fails where that name exists.
 *
 * A lock whose process is dead is taken over by a second name, `<lock>.after-<hash of the dead process's record>`,
 * linked the same way. Of all who judge the same record dead only one gets that name, and only then it renames it over
 * the lock. If it dies in between, its own record is the one to succeed: records form a chain from the lock's name on,
 * and whoever wrote the last one holds the lock.
 *
 * Who was slow may still succeed a record that is no longer in the chain. So everyone reads the chain again after having
 * linked: only a process that finds itself at the chain's end has the lock. Nobody but it may then change the chain,
 * since all before it are dead. Hence no two processes ever hold one lock, whatever the order of their steps.
 */

import { createHash, randomUUID } from 'node:crypto';
import { linkSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { z } from 'zod';
import { writeWhole } from '../formats/atomic.js';
import { isTemporary, removed, temporaryName } from '../formats/temporary.js';
import { makeFolder } from '../util/make-folder.js';
import { beganAt, type ProcessState, stateOf } from '../util/processes.js';
import { isLink, NotRegularError, readRegular } from '../util/regular-file.js';
import { cannotWrite, systemProblem } from '../util/system-errors.js';

/** A process of the lock's host; `began` as its system tells it, null where it does not. */
const Process = z.object({ pid: z.int().positive(), began: z.string().nullable() });

const Holder = Process.extend({
  host: z.string(),
  since: z.string(),
  /** Makes every record another, so that its hash names one taking of one lock. Absent in older locks. */
  id: z.string().optional(),
  /** In pause.lock: the processes that the holder has stopped, or is about to. Absent in older locks. */
  paused: z.array(Process).optional(),
});
export type Holder = z.infer<typeof Holder>;

/** What stands in a lock: who holds it and what that process does, or why the file does not say it. */
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

/** What this thread holds: the record by absolute path. */
const own = new Map<string, string>();

/** This process's record, written once for each folder that locks are taken in. */
export class LockRecord {
  readonly text: string;
  private readonly files = new Map<string, string>();

  constructor(more: Pick<Holder, 'paused'> = {}) {
    const holder: Holder = {
      pid: process.pid,
      host: hostname(),
      began: beganAt(process.pid),
      since: new Date().toISOString(),
      id: randomUUID(),
      ...more,
    };
    this.text = `${JSON.stringify(holder)}\n`;
  }

  /** Makes `file` with the record in it. @returns false when the file is there already */
  create(file: string): boolean {
    try {
      linkSync(this.writtenBeside(file), file);
      return true;
    } catch (error) {
      if (isExisting(error)) return false;
      if (!NO_LINKS.has((error as NodeJS.ErrnoException).code ?? '')) throw error;
    }
    // No hard links here (exFAT, some network disks). Still exclusive; only, a process that is killed within these
    // microseconds leaves a lock that names nobody, which a person has to delete.
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

/** What link(2) fails with where the file system has no hard links, or no more of them. */
const NO_LINKS = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK', 'UNKNOWN', 'EINVAL']);

const isExisting = (error: unknown) => (error as NodeJS.ErrnoException).code === 'EEXIST';

/** Rounds after which a name that can neither be made nor read is given up. Others' progress costs one each. */
const ATTEMPTS = 1000;

/**
 * Takes a lock that is free, or whose process is dead.
 * @returns null when the lock is this process's now, else what stands in it
 * @throws SystemError naming the lock when it cannot be written, such as on a full disk
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
  return { file, problem: 'it can be neither made nor read' };
}

/** What `succeed` adds to a lock's name. */
const CLAIM = /\.after-[0-9a-f]{16}$/;

/** Puts the record in the place of a dead process's. @returns false when another process was quicker */
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
 * Removes what takeovers that were cut off have left of these locks, which must all be this process's: none of it can
 * be in a chain any more, so what may not be removed does no harm.
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

/** Whether a name is a lock's or of a file that stands beside it while it is taken, such as a temporary one. */
export function belongsToLock(name: string, lock: string): boolean {
  return name === lock || (name.startsWith(`${lock}.`) && (CLAIM.test(name) || isTemporary(name)));
}

/** Gives a lock back; nothing happens when it is not, or no longer, this process's. */
export function giveBack(file: string): void {
  const text = own.get(resolve(file));
  if (text === undefined) return;
  own.delete(resolve(file));
  if (readLink(file)?.text === text) rmSync(file, { force: true });
}

/** Who holds a lock, and what that process does; null where nobody does. Never throws. */
export function lockState(file: string): LockState | null {
  const last = readChain(file).at(-1);
  return last ? judge(file, last) : null;
}

function judge(file: string, { file: read, holder, problem }: Link): LockState {
  return holder ? { holder, state: stateOfHolder(file, holder) } : { file: read, problem: problem! };
}

function stateOfHolder(file: string, holder: Holder): ProcessState | 'elsewhere' {
  // A process of another machine cannot be asked.
  if (holder.host !== hostname()) return 'elsewhere';
  if (holder.pid === process.pid && holder.began === null && !own.has(resolve(file))) {
    // This process, in another thread or by another path; or an earlier one with its id.
    const start = Date.now() - process.uptime() * 1000;
    return Date.parse(holder.since) < start ? 'gone' : 'running';
  }
  return stateOf(holder);
}

/** The records from the lock's own on; each but the last is a dead process's. */
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
