/** `lexel merge`: joins run directories of one experiment. */

import type { Command } from 'commander';
import { mergeRuns } from '../crossval/index.js';
import { shellWord } from '../util/shell.js';
import { visible } from '../util/visible.js';
import { print, printJson } from './terminal.js';
import { jsonOption } from './values.js';

export function mergeCommand(command: Command): void {
  command
    .argument('<out>', 'the run directory to write: a new one, or one of the same experiment')
    .argument('<dirs...>', 'run directories, which are only read')
    .option('--allow-drift', 'join runs of different backends, instruction sets or builds')
    .addOption(jsonOption())
    .addHelpText(
      'after',
      '\nFolds that no directory has finished are left out; their checkpoints stay where they are.' +
        '\n\nExample:\n  lexel merge runs/poster from-a/poster from-b/poster',
    )
    .action(async (out: string, dirs: string[]) => {
      const { allowDrift, json } = command.opts<{ allowDrift?: boolean; json?: boolean }>();
      const merged = await mergeRuns(out, dirs, { allowDrift });
      if (json) return printJson(merged);
      const { copied, kept, drifted, unfinished } = merged;
      for (const dir of dirs) {
        const own = copied.filter(({ from }) => from === dir).length;
        print(`${visible(dir)}: ${count(own)} copied`);
      }
      print(
        `${visible(out)}: ${count(copied.length + kept.length)} finished, ${kept.length} of them were there before`,
      );
      if (drifted.length > 0)
        print(
          `Finished more than once, with other bits on other engines; the first counts: ${names(drifted)}`,
        );
      if (unfinished.length > 0) {
        print(`Left out because no directory has finished them: ${names(unfinished)}`);
        print(`To train them here: lexel loo --resume ${shellWord(out)}`);
      }
    });
}

const count = (n: number) => `${n} ${n === 1 ? 'fold' : 'folds'}`;
const names = (ids: readonly string[]) => ids.map(visible).join(', ');
