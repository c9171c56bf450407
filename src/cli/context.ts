/** What commands share of the process: the command as typed, names of new run directories, the exit code. */

import { basename } from 'node:path';

let typed = 'lexel';
let code = 0;

/** Begins a command line: forgets the last one's exit code. */
export function beginCommand(argv: readonly string[]): void {
  typed = ['lexel', ...argv.map((word) => (/^[\w./:=,+@-]+$/.test(word) ? word : JSON.stringify(word)))].join(
    ' ',
  );
  code = 0;
}

/** The command as typed, for run.json. */
export function commandLine(): string {
  return typed;
}

/** Sets what `main` returns when the command is done. */
export function setCode(value: number): void {
  code = value;
}

export function exitCode(): number {
  return code;
}

/** "runs/cifar-100-loo-20260131-120000": new for every call, seconds apart. */
export function newRunDirectory(data: string, what: string): string {
  const stamp = new Date().toISOString().slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '-');
  const name = basename(data).replaceAll(/[^\w.-]/g, '-');
  return `runs/${name}-${what.replaceAll(':', '-')}-${stamp}`;
}
