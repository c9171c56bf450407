/** The completion script for fish. */

import type { CompletedCommand, CompletedOption } from './tree.js';

export function fishCompletion(tree: readonly CompletedCommand[]): string {
  const lines = tree.flatMap((command) => {
    const { path, value, options } = command;
    const when = condition(tree, command);
    const subcommands = tree.filter(
      (one) => one.path.length === path.length + 1 && one.path.slice(0, -1).join() === path.join(),
    );
    const known = new Set(subcommands.map((one) => one.path.at(-1)));
    const others = value.words.filter((word) => !known.has(word));
    return [
      ...subcommands.map(
        (one) => `complete -c lexel ${when} -f -a ${quoted(one.path.at(-1)!)} -d ${quoted(one.about)}`,
      ),
      ...(others.length > 0
        ? [`complete -c lexel ${when} ${value.files ? '' : '-f '}-a ${quoted(others.join(' '))}`]
        : []),
      ...options.map((option) => `complete -c lexel ${when} ${optionFlags(option)}`),
    ];
  });
  const withFiles = tree.filter(({ value }) => value.files).map((command) => condition(tree, command));
  return `# Completion of lexel for fish: lexel completion fish | source
function __lexel_command
    set -l command
    for word in (commandline -opc)[2..-1]
        switch "$command:$word"
${tree
  .filter(({ path }) => path.length > 0)
  .map(({ path, aliases }) => {
    const parent = path.slice(0, -1).join(' ');
    const patterns = [path.at(-1)!, ...aliases].map((name) => quoted(`${parent}:${name}`));
    return `            case ${patterns.join(' ')}\n                set command ${quoted(path.join(' '))}`;
  })
  .join('\n')}
        end
    end
    test "$command" = "$argv[1]"
end
complete -c lexel -f
${withFiles.map((when) => `complete -c lexel ${when} -F`).join('\n')}
${lines.join('\n')}
`;
}

const condition = (_: readonly CompletedCommand[], { path }: CompletedCommand) =>
  `-n ${quoted(`__lexel_command "${path.join(' ')}"`)}`;

function optionFlags({ names, about, value }: CompletedOption): string {
  const flags = names.map((name) => (name.startsWith('--') ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`));
  const takes = value === null ? '' : value.files ? ' -r -F' : ' -x';
  const words = value && value.words.length > 0 ? ` -a ${quoted(value.words.join(' '))}` : '';
  return `${flags.join(' ')}${takes}${words} -d ${quoted(about)}`;
}

/** A word of fish in single quotes, where only \\ and ' are special. */
const quoted = (text: string) => `'${text.replaceAll(/[\\']/g, '\\$&').replaceAll(/\s+/g, ' ')}'`;
