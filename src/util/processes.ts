/** Processes of this machine. Process ids are used again, so a process is named by its id and by when it began. */

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

export interface ProcessName {
  readonly pid: number;
  /** As {@link beganAt} tells it; null where the system does not. */
  readonly began: string | null;
}

/** `stopped`: by SIGSTOP, or Ctrl-Z in a terminal. A stopped process keeps what it holds. */
export type ProcessState = 'running' | 'stopped' | 'gone';

/** When a process began, in the system's own count, as digits; null where it is not told, or there is no such process. */
export function beganAt(pid: number): string | null {
  return look(pid)?.began ?? null;
}

/** Whether a process is there. One that the system tells nothing about counts as running. */
export function stateOf({ pid, began }: ProcessName): ProcessState {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return 'gone';
  }
  const now = look(pid);
  if (!now) return 'running';
  if (began !== null && began !== now.began) return 'gone';
  // A zombie has ended and waits for its parent to hear of it.
  if (/^[ZX]/.test(now.state)) return 'gone';
  return /^T/i.test(now.state) ? 'stopped' : 'running';
}

function look(pid: number): { state: string; began: string } | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // "12 (any name) S ...": state is field 3, the start in ticks since the machine started is field 22.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return { state: fields[0], began: fields[19] };
  } catch {
    return process.platform === 'linux' || process.platform === 'win32' ? null : askPs(pid);
  }
}

/** The same by `ps`, for systems without /proc; `began` in seconds since 1970. */
export function askPs(pid: number): { state: string; began: string } | null {
  const env = { ...process.env, LC_ALL: 'C', TZ: 'UTC' };
  const { stdout } = spawnSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], { encoding: 'utf8', env });
  const [, state, date] = /^\s*(\S+)\s+(\S.*?)\s*$/.exec(stdout ?? '') ?? [];
  const time = Date.parse(`${date} UTC`);
  return Number.isNaN(time) ? null : { state, began: String(time / 1000) };
}
