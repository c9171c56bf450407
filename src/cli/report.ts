/** `lexel report`: the page, its figures and tables, from what a run has kept. */

import { Command } from 'commander';
import { readRunFile } from '../crossval/index.js';
import { LexelError } from '../util/errors.js';

export function reportCommand(): Command {
  return new Command('report')
    .description('write the report of a run: HTML, SVG, PNG, CSV, JSON')
    .argument('<run>', 'a run directory, finished or not')
    .option('--out <dir>', 'where to (default: report/ in the run directory)')
    .action(async (run: string, { out }: { out?: string }) => {
      if (readRunFile(run).folds.every(({ heldOut }) => heldOut.length === 0)) {
        throw new LexelError(
          `${run} holds no class out, so there is no transfer to report on`,
          'train with --holdout <labels>, or run lexel loo',
        );
      }
      const { summaryText, writeReport } = await import('../analysis/index.js'); // slow to load
      const { files, summary } = writeReport(run, { out });
      console.log(summaryText(summary));
      console.log(`\nWritten:\n${files.map((file) => `  ${file}`).join('\n')}`);
    });
}
