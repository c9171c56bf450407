/**
 * Runs another program's command to its end, and passes signals on to it.
 *
 * A signal may be sent to this process alone (`kill`); then the command has to be told. Or it is sent to the whole process
 * group, as a terminal does at Ctrl-C, and `timeout` and batch systems do; then the command has it already, and a second one
 * would cut short what it does to end cleanly. The system does not tell which it was. So a {@link Witness} stands in the group.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { constants } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { UsageError } from '../util/errors.js';

/** Those that would end this process, and that may be caught; the last are of users, timers and batch systems. */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR2', 'SIGALRM', 'SIGXCPU'] as const;
type Signal = (typeof SIGNALS)[number];

export interface Signals {
  /** Resolves at the first signal. */
  readonly first: Promise<Signal>;
  /** Those that came while nobody listened. */
  readonly heard: readonly Signal[];
  /** Called at each from now on. */
  onSignal(listener: (signal: Signal) => void): void;
  stop(): void;
}

/** Takes the signals that would end this process, and keeps it alive. */
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

/** The exit code of what signal n ended, as shells have it: 128 + n. */
const codeOf = (signal: NodeJS.Signals) => 128 + constants.signals[signal];

/**
 * Runs a command. A signal that comes before it has begun ends all: it is not begun then.
 * @returns its exit code, or that of the signal that ended it
 * @throws UsageError when there is no such command, or it may not be run
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

/** What spawn fails with where the name of the command is at fault. */
const NOT_RUNNABLE = new Set(['ENOENT', 'EACCES', 'ENOTDIR', 'EISDIR', 'ELOOP', 'ENAMETOOLONG', 'ENOEXEC']);

/** How far apart this process hears of its own signal and of the witness's end, at most, in ms; in either order. */
const PATIENCE = 250;

/**
 * A process of this one's group that does nothing, and that every signal ends: when it ends, the group was signalled. It ends
 * too when this process does, whatever ends that, since its input is closed then.
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
      // Without a witness every signal is passed on.
      child.on('error', () => resolve(false));
      child.on('exit', () => {
        this.lastEnd = performance.now();
        resolve(true);
        if (!this.dismissed) this.stand();
      });
    });
  }

  /** Whether a signal that this process has just heard went to the whole group. */
  async wasSignalled(): Promise<boolean> {
    if (performance.now() - this.lastEnd < PATIENCE) return true;
    return Promise.race([this.ended, sleep(PATIENCE, false)]);
  }

  dismiss(): void {
    this.dismissed = true;
    this.child.kill('SIGKILL');
  }
}
