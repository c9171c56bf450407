/** What commands share of the process: the command as typed, names of new run directories, the exit code. */

import { basename } from 'node:path';
import type { Command, Option } from 'commander';
import type { FolderOfRunsError } from '../crossval/index.js';
import { shellWord } from '../util/shell.js';
import { list } from './values.js';

let words: readonly string[] = [];
let action: Command | undefined;
let code = 0;

/** Begins a command line: forgets the last one's exit code. */
export function beginCommand(argv: readonly string[]): void {
  words = argv;
  action = undefined;
  code = 0;
}

/** Says which command's work begins. */
export function beginAction(command: Command): void {
  action = command;
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

/**
 * The command as typed, with what to name instead of a folder of runs in its place; null where that is not found. Other
 * words that happen to be the same path stay.
 */
export function commandWith({
  folder,
  instead,
  option: named,
}: Pick<FolderOfRunsError, 'folder' | 'instead' | 'option'>): string | null {
  const holds = ({ values }: Place) => values.includes(folder);
  const places = placesOf(action);
  const place =
    places.find((one) => named !== undefined && one.option?.long === named && holds(one)) ??
    places.find((one) => !one.option && holds(one)) ??
    places.find((one) => one.option?.parseArg === list && holds(one)); // --compared-with runs,other
  if (!place) return null;
  const { at, option, values } = place;
  const before = words[at].slice(0, words[at].length - values.join(',').length); // --model=
  const other = values.flatMap((value) => (value === folder ? instead : value));
  return line([
    ...words.slice(0, at),
    ...(option ? [before + other.join(',')] : other),
    ...words.slice(at + 1),
  ]);
}

/** A word of the command line that is an argument of the command, or an option's value. */
interface Place {
  readonly at: number;
  /** Null for an argument. */
  readonly option: Option | null;
  /** One; several for options that take lists. */
  readonly values: readonly string[];
}

function placesOf(command: Command | undefined): Place[] {
  const places: Place[] = [];
  let names = 0; // such as "model describe"
  for (let one = command; one?.parent; one = one.parent) names++;
  const dashes = words.indexOf('--');
  for (let at = 0; at < words.length; at++) {
    if (at === dashes) continue;
    const [flag, ...rest] = words[at].split('=');
    const option =
      (dashes < 0 || at < dashes) && command?.options.find((o) => o.long === flag || o.short === flag);
    if (!option) {
      if (names > 0) names--;
      else places.push({ at, option: null, values: [words[at]] });
    } else if (option.required || option.optional) {
      const value = rest.length > 0 ? rest.join('=') : words[++at];
      if (value !== undefined)
        places.push({ at, option, values: option.parseArg === list ? value.split(',') : [value] });
    }
  }
  return places;
}

const line = (all: readonly string[]) => ['lexel', ...all.map(shellWord)].join(' ');

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
