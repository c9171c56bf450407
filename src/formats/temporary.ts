/**
 * Temporary files and folders: a file being written is next to its target, under a name that identifies the writing
 * process. Those of a killed process remain; the next process that writes into the folder removes them.
 *
 *     run.json.<host>-<pid>-<began>-<thread>-<n>.tmp
 */

import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, rmSync, unlinkSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { threadId } from 'node:worker_threads';
import { beganAt, stateOf } from '../util/processes.js';

/** Identifies this machine among others that share the disk, because the state of their processes is unknown. */
const HOST = createHash('sha256').update(hostname()).digest('hex').slice(0, 8);
const NAME = /\.([0-9a-f]{8})-([1-9]\d*)-(\d+)-\d+-\d+\.tmp$/;

let began: string | undefined;
let counter = 0;
const swept = new Set<string>();

/**
 * A unique name in the folder of `file`. The first call for a folder also removes temporary files that killed processes
 * of this machine have left there.
 */
export function temporaryName(file: string): string {
  const folder = resolve(dirname(file));
  if (!swept.has(folder)) {
    swept.add(folder);
    sweepTemporary(folder);
  }
  return uniqueName(file);
}

/**
 * Same as {@link temporaryName}, but does not look at the folder: for folders that other machines share, whose processes
 * may seem to have ended on this one.
 */
export function uniqueName(file: string): string {
  began ??= beganAt(process.pid) ?? '0';
  // Several threads of one process may write to the same folder, so the name includes the thread.
  return `${file}.${HOST}-${process.pid}-${began}-${threadId}-${counter++}.tmp`;
}

/**
 * Creates an empty folder for intermediate files, which only this user may read. The caller removes it with
 * {@link removeFolder}; if the process is killed, the next one does that needs such a folder.
 * @param parent default: the system's folder for temporary files
 */
export function temporaryFolder(name: string, parent = tmpdir()): string {
  const folder = temporaryName(join(parent, name));
  mkdirSync(folder, { mode: 0o700 });
  return folder;
}

/** Attempts to remove a folder, with longer and longer waits between them: 1.4 seconds in all. */
const ATTEMPTS = 8;
const FIRST_WAIT = 50;

/**
 * Removes a folder for intermediate files. Tries again for a while if something still writes into it. What remains then is
 * no error: the next process that needs such a folder removes it, once this one has ended.
 */
export async function removeFolder(folder: string): Promise<void> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    try {
      // Without Node's own retries, which multiply with the depth of the folder.
      return await rm(folder, { recursive: true, force: true });
    } catch {
      if (attempt < ATTEMPTS) await sleep(FIRST_WAIT * attempt);
    }
  }
}

/** Whether a name has the form of {@link temporaryName}. */
export function isTemporary(name: string): boolean {
  return NAME.test(name);
}

/**
 * Removes the temporary files and folders in a folder whose process ran on this machine and has ended. Those that may not
 * be removed are kept.
 * @returns names of what was removed
 */
export function sweepTemporary(folder: string): string[] {
  const gone: string[] = [];
  for (const name of list(folder)) {
    const [, host, pid, start] = NAME.exec(name) ?? [];
    if (host !== HOST) continue;
    if (stateOf({ pid: Number(pid), began: start === '0' ? null : start }) !== 'gone') continue;
    if (quietly(() => rmSync(join(folder, name), { recursive: true }))) gone.push(name);
  }
  return gone;
}

/** Removes a file. @returns false, without an error, if that is not permitted, for example for another user's file */
export const removed = (file: string): boolean => quietly(() => unlinkSync(file));

/** @returns whether it ended without an error */
function quietly(act: () => void): boolean {
  try {
    act();
    return true;
  } catch {
    return false;
  }
}

/** Lists a folder; empty if it may not be listed, because clean-up must not cause an error. */
function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
