/** `lexel report`: the page, its figures and tables, from what a run has kept. */

import { Command } from 'commander';
import { readRunFile } from '../crossval/run-file.js';
import { GLOVE_DIMENSIONS, openWords } from '../words/index.js';

export function reportCommand(): Command {
  return new Command('report')
    .description('write the report of a run: HTML, SVG, PNG, CSV, JSON')
    .argument('<run>', 'a run directory, finished or not')
    .option('--out <dir>', 'where to (default: report/ in the run directory)')
    .option(
      '--vocab <words>',
      'rank the true word among a whole vocabulary too: a file, glove, glove:50, ...',
    )
    .option('--data-dir <dir>', 'where word vectors are looked for first')
    .action(
      async (run: string, { out, vocab, dataDir }: { out?: string; vocab?: string; dataDir?: string }) => {
        const { summaryText, writeReport } = await import('../analysis/index.js'); // slow to load
        const vocabulary = vocab === undefined ? undefined : await openVocabulary(vocab, run, dataDir);
        const { files, summary } = writeReport(run, { out, vocabulary });
        console.log(summaryText(summary));
        console.log(`\nWritten:\n${files.map((file) => `  ${file}`).join('\n')}`);
      },
    );
}

/** Plain `glove` means the set of the run's own dimension, not the first that is found. */
function openVocabulary(spec: string, run: string, dataDir?: string) {
  const { dimension } = readRunFile(run).words;
  const sized = spec === 'glove' && GLOVE_DIMENSIONS.some((d) => d === dimension);
  return openWords(sized ? `glove:${dimension}` : spec, { dataDir });
}
