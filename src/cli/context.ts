/** What commands share of the process: the command as typed, names of new run directories, the exit code. */

import { basename } from 'node:path';

let words: readonly string[] = [];
let code = 0;

/** Begins a command line: forgets the last one's exit code. */
export function beginCommand(argv: readonly string[]): void {
  words = argv;
  code = 0;
}

/** The command as typed, for run.json. */
export function commandLine(): string {
  return line(words);
}

/** What stands behind `--` on the command line: another program's words. */
export function wordsAfterDashes(): readonly string[] {
  const at = words.indexOf('--');
  return at < 0 ? [] : words.slice(at + 1);
}

/** The command as typed, with other paths in the place of one; null where that stands nowhere in it. */
export function commandWith(path: string, instead: readonly string[]): string | null {
  const changed = words.flatMap((word) => {
    if (word === path) return instead;
    // --model=runs, --beside runs,other
    return word
      .split(/([=,])/)
      .map((part) => (part === path ? instead.join(' ') : part))
      .join('');
  });
  return line(changed) === line(words) ? null : line(changed);
}

const line = (all: readonly string[]) =>
  ['lexel', ...all.map((word) => (/^[\w./:=,+@-]+$/.test(word) ? word : JSON.stringify(word)))].join(' ');

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
