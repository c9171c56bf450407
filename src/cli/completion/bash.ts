/** The completion script for bash. */

import { shellWord } from '../../util/shell.js';
import { commandCases, joined } from './cases.js';
import type { CompletedCommand } from './tree.js';

export function bashCompletion(tree: readonly CompletedCommand[]): string {
  const options = tree.map(
    ({ path, options: own }) =>
      `    ${shellWord(path.join(' '))}) options=${joined(own.flatMap(({ names }) => names))} ;;`,
  );
  const values = tree.map(
    ({ path, value }) =>
      `    ${shellWord(path.join(' '))}) words=${joined(value.words)} files=${value.files ? 1 : ''} ;;`,
  );
  const after = tree.flatMap(({ path, options: own }) =>
    own.flatMap(({ names, value }) => {
      if (!value) return [];
      const patterns = names.map((name) => shellWord(`${path.join(' ')} ${name}`)).join('|');
      return [`    ${patterns}) words=${joined(value.words)} files=${value.files ? 1 : ''} options='' ;;`];
    }),
  );
  return `# Completion of lexel for bash: source <(lexel completion bash)
_lexel() {
  local all=() command='' words='' options='' files='' cur prev word i
  # Bash splits words at = and :, as in --net=lite and efficientnet-b0:s1. They are joined again.
  for ((i = 1; i <= COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    if [[ $word == : || ( $i -gt 1 && \${COMP_WORDS[i - 1]} == : ) ]] && ((\${#all[@]})); then
      all[\${#all[@]}-1]+=$word
    elif [[ $word != = ]]; then
      all+=("$word")
    elif ((i == COMP_CWORD)); then
      all+=('')
    fi
  done
  cur=\${all[\${#all[@]}-1]-}
  prev=''
  ((\${#all[@]} > 1)) && prev=\${all[\${#all[@]}-2]}
  for ((i = 0; i < \${#all[@]} - 1; i++)); do
    case "$command:\${all[i]}" in
${commandCases(tree).join('\n')}
    esac
  done
  case "$command" in
${options.join('\n')}
  esac
  case "$command" in
${values.join('\n')}
  esac
  case "$command $prev" in
${after.join('\n')}
  esac
  [[ $cur == -* ]] && words=$options files=''
  local IFS=$' \\t\\n'
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
  [[ $files ]] && compopt -o default 2>/dev/null
  # Only what follows the last colon is replaced.
  if [[ $cur == *:* ]]; then
    local before=\${cur%"\${cur##*:}"}
    for ((i = 0; i < \${#COMPREPLY[@]}; i++)); do COMPREPLY[i]=\${COMPREPLY[i]#"$before"}; done
  fi
}
complete -F _lexel lexel
`;
}
