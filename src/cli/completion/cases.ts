/** Parts that the scripts for bash and zsh share. */

import { shellWord } from '../../util/shell.js';
import type { CompletedCommand } from './tree.js';

/** Cases of `"$command:$word"` that find the command, word by word. Aliases lead to the command's own name. */
export function commandCases(tree: readonly CompletedCommand[]): string[] {
  return tree
    .filter(({ path }) => path.length > 0)
    .map(({ path, aliases }) => {
      const parent = path.slice(0, -1).join(' ');
      const patterns = [path.at(-1)!, ...aliases].map((name) => shellWord(`${parent}:${name}`));
      return `      ${patterns.join('|')}) command=${shellWord(path.join(' '))} ;;`;
    });
}

/** Words as one quoted shell word. */
export const joined = (words: readonly string[]): string => `'${words.join(' ')}'`;
