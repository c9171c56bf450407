/** Processes on this machine. Process ids are reused, so a process is identified by its id and its start time. */

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

export interface ProcessName {
  readonly pid: number;
  /** The result of {@link beganAt}. */
  readonly began: string | null;
}

/** `stopped`: by SIGSTOP, or by Ctrl-Z in a terminal. A stopped process keeps its resources and locks. */
export type ProcessState = 'running' | 'stopped' | 'gone';

/** The start time of a process in system-specific units, as digits; null if unknown or there is no such process. */
export function beganAt(pid: number): string | null {
  return look(pid)?.began ?? null;
}

/** The state of a process. If the system gives no information about it, it counts as running. */
export function stateOf({ pid, began }: ProcessName): ProcessState {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return 'gone';
  }
  const now = look(pid);
  if (!now) return 'running';
  if (began !== null && began !== now.began) return 'gone';
  // A zombie has ended and waits for its parent to collect the exit status.
  if (/^[ZX]/.test(now.state)) return 'gone';
  return /^T/i.test(now.state) ? 'stopped' : 'running';
}

function look(pid: number): { state: string; began: string } | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // "12 (any name) S ...": the state is field 3; the start time, in ticks since boot, is field 22.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return { state: fields[0], began: fields[19] };
  } catch {
    return process.platform === 'linux' || process.platform === 'win32' ? null : askPs(pid);
  }
}

/** Reads state and start time with `ps`, for systems without /proc; `began` is in seconds since 1970. */
export function askPs(pid: number): { state: string; began: string } | null {
  const env = { ...process.env, LC_ALL: 'C', TZ: 'UTC' };
  const { stdout } = spawnSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], { encoding: 'utf8', env });
  const [, state, date] = /^\s*(\S+)\s+(\S.*?)\s*$/.exec(stdout ?? '') ?? [];
  const time = Date.parse(`${date} UTC`);
  return Number.isNaN(time) ? null : { state, began: String(time / 1000) };
}
