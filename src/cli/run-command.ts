/**
 * Runs another program's command to its end, and passes signals on to it.
 *
 * If a signal is sent to this process alone (`kill`), it must be passed on to the command. If it is sent to the whole
 * process group, as by a terminal at Ctrl-C, by `timeout` and by batch systems, the command has already received it, and
 * a second signal would interrupt its clean exit. The system does not report which case it was. So a {@link Witness}
 * process in the group detects signals to the group.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { constants } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { UsageError } from '../util/errors.js';

/** The signals that would end this process and can be caught. The last three come from users, timers and batch systems. */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR2', 'SIGALRM', 'SIGXCPU'] as const;
type Signal = (typeof SIGNALS)[number];

export interface Signals {
  /** Resolves at the first signal. */
  readonly first: Promise<Signal>;
  /** Signals that arrived before a listener was set. */
  readonly heard: readonly Signal[];
  /** Sets the listener for all later signals. */
  onSignal(listener: (signal: Signal) => void): void;
  stop(): void;
}

/** Catches the signals that would end this process, and keeps the process alive. */
export function listen(): Signals {
  const heard: Signal[] = [];
  let listener = (signal: Signal): unknown => heard.push(signal);
  let resolve = (_: Signal) => {};
  const first = new Promise<Signal>((done) => {
    resolve = done;
  });
  const awake = setInterval(() => {}, 2 ** 30); // a promise alone does not keep a process alive
  const hear = (signal: Signal) => {
    resolve(signal);
    listener(signal);
  };
  for (const name of SIGNALS) process.on(name, hear);
  return {
    first,
    heard,
    onSignal(given) {
      listener = given;
    },
    stop() {
      clearInterval(awake);
      for (const name of SIGNALS) process.off(name, hear);
    },
  };
}

/** Exit code of a command that was ended by signal n, by the convention of shells: 128 + n. */
const codeOf = (signal: NodeJS.Signals) => 128 + constants.signals[signal];

/**
 * Runs a command. If a signal has already arrived, the command is not started.
 * @returns the exit code of the command, or of the signal that ended it
 * @throws UsageError if the command does not exist or may not be run
 */
export async function runCommand([name, ...args]: readonly string[], signals: Signals): Promise<number> {
  if (signals.heard.length > 0) return codeOf(signals.heard[0]);
  const witness = new Witness();
  try {
    return await new Promise((resolve, reject) => {
      const child = spawn(name, args, { stdio: 'inherit' });
      signals.onSignal(async (signal) => {
        if (!(await witness.wasSignalled())) child.kill(signal);
      });
      child.on('error', reject);
      child.on('close', (code, signal) => resolve(code ?? codeOf(signal!)));
    });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (!NOT_RUNNABLE.has(code ?? '')) throw error;
    throw new UsageError(`${name}: there is no such command, or it may not be run`);
  } finally {
    witness.dismiss();
  }
}

/** Errors of spawn that are due to the name of the command. */
const NOT_RUNNABLE = new Set(['ENOENT', 'EACCES', 'ENOTDIR', 'EISDIR', 'ELOOP', 'ENAMETOOLONG', 'ENOEXEC']);

/** Maximum time between this process's own signal and the exit event of the witness, in ms, in either order. */
const PATIENCE = 250;

/**
 * An idle process in the same process group, which every signal ends. If it ends, the group was signalled. It also ends
 * when this process ends for any reason, because its input is then closed.
 */
class Witness {
  private child!: ChildProcess;
  private ended!: Promise<boolean>;
  private lastEnd = Number.NEGATIVE_INFINITY;
  private dismissed = false;

  constructor() {
    this.stand();
  }

  private stand(): void {
    const child = spawn('cat', { stdio: ['pipe', 'ignore', 'ignore'], cwd: '/' });
    this.child = child;
    this.ended = new Promise((resolve) => {
      // If the witness cannot be started, every signal is passed on.
      child.on('error', () => resolve(false));
      child.on('exit', () => {
        this.lastEnd = performance.now();
        resolve(true);
        if (!this.dismissed) this.stand();
      });
    });
  }

  /** Whether the signal that this process has just received was sent to the whole group. */
  async wasSignalled(): Promise<boolean> {
    if (performance.now() - this.lastEnd < PATIENCE) return true;
    return Promise.race([this.ended, sleep(PATIENCE, false)]);
  }

  dismiss(): void {
    this.dismissed = true;
    this.child.kill('SIGKILL');
  }
}
