/** `lexel report`: the page, its figures and tables, from what a run has kept. */

import { Command } from 'commander';
import { list } from './values.js';

export function reportCommand(): Command {
  return new Command('report')
    .description('write the report of a run: HTML, SVG, PNG, CSV, JSON')
    .argument('<run>', 'a run directory, finished or not, or a directory of seeds')
    .option('--beside <runs>', 'other runs to set beside it, comma-separated: controls, other recipes', list)
    .option('--out <dir>', 'where to (default: report/ in the run directory)')
    .action(async (run: string, { out, beside }: { out?: string; beside?: string[] }) => {
      const { summaryText, writeReport } = await import('../analysis/index.js'); // slow to load
      const { files, summary } = writeReport(run, { out, beside });
      console.log(summaryText(summary));
      console.log(`\nWritten:\n${files.map((file) => `  ${file}`).join('\n')}`);
    });
}
