/** `lexel compare`: compares runs on the same folds, paired by class. */

import type { Command } from 'commander';
import { look, print, printJson } from './terminal.js';
import { jsonOption, list, readingHelp } from './values.js';

interface CompareFlags {
  folds?: string[];
  reading?: string[];
  json?: boolean;
}

export function compareCommand(command: Command): void {
  command
    .argument('<runs...>', 'two or more run directories, or directories of seeds')
    .option('--folds <ids>', 'only these folds: numbers, ranges or ids, such as 0-3 or rotation-0', list)
    .option(
      '--reading <names>',
      "reading for ranks and cosines: one for all runs, or one per run; several readings of one run are compared with each other (default: each network's own)",
      list,
    )
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `\nExamples:\n  lexel compare runs/poster runs/centred runs/whitened --folds 0-3\n  lexel compare runs/joint --reading regression,conse\n${readingHelp()}`,
    )
    .action(async (runs: string[], { folds, reading, json }: CompareFlags) => {
      const { compareRuns } = await import('../statistics/index.js');
      const { comparisonText } = await import('../report/comparison.js'); // without the figures, which are slow to load
      const comparison = compareRuns(runs, { folds, readings: reading });
      if (json) printJson(comparison);
      else print(comparisonText(comparison, look()));
    });
}
