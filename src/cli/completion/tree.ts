/** What can be completed on a command line of Lexel, read from the commands themselves. */

import { Command, type Option } from 'commander';
import { DATA_NAMES } from '../../data/index.js';
import { NETWORK_NAMES } from '../../nn/index.js';
import { READING_NAMES } from '../../readings/names.js';
import { CONTROL_NAMES, PRESETS, RECIPE_NAMES } from '../../train/index.js';
import { WORDS_NAMES } from '../../words/index.js';
import type { CommandEntry } from '../command-entry.js';

/** What may follow an option or stand as an argument. */
export interface Value {
  readonly words: readonly string[];
  /** Whether file names are completed too. */
  readonly files: boolean;
}

export interface CompletedOption {
  /** "--net", "-0". */
  readonly names: readonly string[];
  readonly about: string;
  /** Null if the option takes no value. */
  readonly value: Value | null;
}

export interface CompletedCommand {
  /** The words after `lexel`: [] for `lexel` itself, ["model", "describe"]. */
  readonly path: readonly string[];
  readonly aliases: readonly string[];
  readonly about: string;
  readonly options: readonly CompletedOption[];
  readonly value: Value;
}

const names = (list: readonly { readonly name: string }[]) => list.map(({ name }) => name);

/** Names that a value may have, by the placeholder or the option that takes it. */
const NAMED: Readonly<Record<string, readonly string[]>> = {
  '--net': NETWORK_NAMES,
  '--preset': Object.keys(PRESETS),
  '--recipe': names(RECIPE_NAMES),
  '--control': names(CONTROL_NAMES),
  '--reading': Object.keys(READING_NAMES),
  '--data': DATA_NAMES,
  '--words': WORDS_NAMES,
  '--protocol': ['loo', 'one-per-superclass', 'holdout:'],
  'data info': DATA_NAMES,
  'words info': WORDS_NAMES,
  'model describe': NETWORK_NAMES,
};

/** Placeholders of values that are no files. */
const NO_FILES =
  /^(n|rate|factor|pixels|seed|ids|numbers|labels|words|forms|names?|margin|w|alpha|norm|decay|epochs|size|what|which|kind|i\/n|old=new|address|expression|method|share|shell|score)$/;

/** All commands, with `lexel` itself first. The modules of all commands are loaded. */
export async function commandTree(entries: readonly CommandEntry[]): Promise<CompletedCommand[]> {
  const root = new Command('lexel');
  for (const { name, alias, description, load } of entries) {
    const command = new Command(name).description(description);
    if (alias !== undefined) command.alias(alias);
    (await load())(command);
    root.addCommand(command);
  }
  return [...described(root, [])];
}

function* described(command: Command, path: readonly string[]): Generator<CompletedCommand> {
  const subcommands = command.commands.map((sub) => sub.name());
  const choices = command.registeredArguments.flatMap(({ argChoices }) => argChoices ?? []);
  const own = NAMED[path.join(' ')] ?? [];
  yield {
    path,
    aliases: command.aliases(),
    about: command.description(),
    options: [
      ...command.options.filter(({ hidden }) => !hidden).map(completed),
      { names: ['--help', '-h'], about: 'display help for command', value: null },
    ],
    value: {
      words: [...subcommands, ...choices, ...own],
      files:
        subcommands.length === 0 &&
        command.registeredArguments.some(
          (argument) => !argument.argChoices && !NO_FILES.test(argument.name()),
        ),
    },
  };
  for (const sub of command.commands) yield* described(sub, [...path, sub.name()]);
}

function completed({ long, short, flags, description, argChoices }: Option): CompletedOption {
  const placeholder = /[<[](.+?)(?:\.\.\.)?[>\]]/.exec(flags)?.[1];
  return {
    names: [long, short].filter((name) => name !== undefined && name !== null),
    about: description,
    value:
      placeholder === undefined
        ? null
        : {
            words: argChoices ?? NAMED[long ?? ''] ?? [],
            files: !argChoices && !NO_FILES.test(placeholder),
          },
  };
}
