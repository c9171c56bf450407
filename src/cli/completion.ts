/** `lexel completion`: prints a script that completes commands, options and names on Tab. */

import { Argument, type Command } from 'commander';
import type { CommandEntry } from './command-entry.js';
import { bashCompletion } from './completion/bash.js';
import { fishCompletion } from './completion/fish.js';
import { commandTree } from './completion/tree.js';
import { zshCompletion } from './completion/zsh.js';
import { printRaw } from './terminal.js';

const SHELLS = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion };

/** @param entries all commands of Lexel */
export function completionCommand(command: Command, entries: readonly CommandEntry[]): void {
  command
    .addArgument(new Argument('<shell>', 'your shell').choices(Object.keys(SHELLS)))
    .addHelpText(
      'after',
      `
To complete in every new shell, add one of these lines to the shell's start file:
  ~/.bashrc                    source <(lexel completion bash)
  ~/.zshrc, after compinit     source <(lexel completion zsh)
  ~/.config/fish/config.fish   lexel completion fish | source`,
    )
    .action(async (shell: keyof typeof SHELLS) => printRaw(SHELLS[shell](await commandTree(entries))));
}
