/** The completion script for zsh. */

import { shellWord } from '../../util/shell.js';
import { commandCases } from './cases.js';
import type { CompletedCommand } from './tree.js';

export function zshCompletion(tree: readonly CompletedCommand[]): string {
  const lists = tree.map(({ path, options, value }) => {
    const described = options.flatMap(({ names, about }) => names.map((name) => item(name, about)));
    const subcommands = new Map(
      tree
        .filter((one) => one.path.length === path.length + 1 && one.path.slice(0, -1).join() === path.join())
        .map((one) => [one.path.at(-1)!, one.about]),
    );
    const words = value.words.map((word) => item(word, subcommands.get(word) ?? ''));
    return `    ${shellWord(path.join(' '))})
      options=(${described.join(' ')})
      words_of=(${words.join(' ')}) files=${value.files ? 1 : "''"} ;;`;
  });
  const after = tree.flatMap(({ path, options }) =>
    options.flatMap(({ names, value }) => {
      if (!value) return [];
      const patterns = names.map((name) => shellWord(`${path.join(' ')} ${name}`)).join('|');
      return [
        `    ${patterns}) words_of=(${value.words.map((word) => item(word, '')).join(' ')}) files=${value.files ? 1 : "''"} ;;`,
      ];
    }),
  );
  return `#compdef lexel
# Completion of lexel for zsh: source <(lexel completion zsh), after compinit
_lexel() {
  local command='' files='' word
  local -a options words_of
  for word in \${words[2,CURRENT-1]}; do
    case "$command:$word" in
${commandCases(tree).join('\n')}
    esac
  done
  case "$command" in
${lists.join('\n')}
  esac
  if [[ $words[CURRENT] == -* ]]; then
    _describe 'option' options
    return
  fi
  case "$command $words[CURRENT-1]" in
${after.join('\n')}
  esac
  local found=1
  (( $#words_of )) && _describe 'value' words_of && found=0
  [[ -n $files ]] && _files && found=0
  return found
}
compdef _lexel lexel
`;
}

/** "name:description", with the colons of the name escaped. */
function item(name: string, about: string): string {
  const text = name.replaceAll(':', '\\:');
  return shellWord(about === '' ? text : `${text}:${about.replaceAll(/\s+/g, ' ')}`);
}
