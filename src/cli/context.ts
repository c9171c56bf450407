/** State of the process that commands share: the command as typed, names of new run directories, the exit code. */

import { basename } from 'node:path';
import type { Command, Option } from 'commander';
import type { FolderOfRunsError } from '../crossval/index.js';
import { withoutPassword } from '../util/secrets.js';
import { shellWord } from '../util/shell.js';
import { list } from './values.js';

let words: readonly string[] = [];
let action: Command | undefined;
let code = 0;

/** Starts a command line and resets the exit code. */
export function beginCommand(argv: readonly string[]): void {
  words = argv;
  action = undefined;
  code = 0;
}

/** Sets the command whose action starts. */
export function beginAction(command: Command): void {
  action = command;
}

/** The command as typed, for run.json, without passwords. */
export function commandLine(): string {
  return withoutPassword(line(words));
}

/** The words after `--` on the command line, which form the command of another program. */
export function wordsAfterDashes(): readonly string[] {
  const at = words.indexOf('--');
  return at < 0 ? [] : words.slice(at + 1);
}

/**
 * The command as typed, with the folder of runs replaced by the suggested runs; null if the folder is not found on the
 * command line. Only the argument or option of the error is replaced, not other words with the same path.
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

/** A word of the command line: an argument of the command, or the value of an option. */
interface Place {
  readonly at: number;
  /** Null for an argument. */
  readonly option: Option | null;
  /** One value, or several for an option that takes a list. */
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

/** Sets the exit code that `main` returns. */
export function setCode(value: number): void {
  code = value;
}

export function exitCode(): number {
  return code;
}

/** Such as "runs/cifar-100-loo-20260131-120000". Unique for calls at least a second apart. */
export function newRunDirectory(data: string, what: string): string {
  const stamp = new Date().toISOString().slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '-');
  const name = basename(data).replaceAll(/[^\w.-]/g, '-');
  return `runs/${name}-${what.replaceAll(':', '-')}-${stamp}`;
}
