/**
 * Temporary files: what is being written lies beside its target under a name that says whose it is. A process that is
 * killed leaves its own behind; the next that writes into the folder sweeps them.
 *
 *     run.json.<host>-<pid>-<began>-<thread>-<n>.tmp
 */

import { createHash } from 'node:crypto';
import { readdirSync, unlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { threadId } from 'node:worker_threads';
import { beganAt, stateOf } from '../util/processes.js';

/** This machine among others that share the disk: their processes cannot be asked. */
const HOST = createHash('sha256').update(hostname()).digest('hex').slice(0, 8);
const NAME = /\.([0-9a-f]{8})-([1-9]\d*)-(\d+)-\d+-\d+\.tmp$/;

let began: string | undefined;
let counter = 0;
const swept = new Set<string>();

/**
 * A name beside `file` that nothing else uses. At its first call for a folder, files there that processes of this
 * machine have left behind when they were killed are removed.
 */
export function temporaryName(file: string): string {
  const folder = resolve(dirname(file));
  if (!swept.has(folder)) {
    swept.add(folder);
    sweepTemporary(folder);
  }
  began ??= beganAt(process.pid) ?? '0';
  // Several folds write beside each other from threads of one process: the name must differ for each.
  return `${file}.${HOST}-${process.pid}-${began}-${threadId}-${counter++}.tmp`;
}

/** Whether a file has a name that {@link temporaryName} gives. */
export function isTemporary(name: string): boolean {
  return NAME.test(name);
}

/** Removes a folder's temporary files whose process, on this machine, has ended. What may not be removed stays.
 * @returns names of the removed */
export function sweepTemporary(folder: string): string[] {
  const gone: string[] = [];
  for (const name of list(folder)) {
    const [, host, pid, start] = NAME.exec(name) ?? [];
    if (host !== HOST) continue;
    if (stateOf({ pid: Number(pid), began: start === '0' ? null : start }) !== 'gone') continue;
    if (removed(join(folder, name))) gone.push(name);
  }
  return gone;
}

/** Removes a file that nobody needs. @returns false where it may not be removed, such as another user's: no reason to fail */
export function removed(file: string): boolean {
  try {
    unlinkSync(file);
    return true;
  } catch {
    return false;
  }
}

/** Empty where the folder may not be listed: sweeping is no reason to fail. */
function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
