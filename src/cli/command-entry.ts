/** An entry in the table of commands. */

import type { Command } from 'commander';

export interface CommandEntry {
  readonly name: string;
  readonly alias?: string;
  readonly description: string;
  /** Loads the function that adds the command's options and action. */
  readonly load: () => Promise<(command: Command) => void>;
}
