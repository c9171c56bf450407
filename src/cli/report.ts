/** `lexel report`: the page, its figures and tables, from what a run has kept. */

import { join } from 'node:path';
import type { Command } from 'commander';
import { readRunFile } from '../crossval/run-file.js';
import { checkNoFolderOfRuns, seedRuns } from '../crossval/runs.js';
import { GLOVE_DIMENSIONS } from '../words/index.js';
import { print } from './terminal.js';
import { list, readingHelp, readingOption } from './values.js';
import { openTold, type ReadFlags, withReading } from './word-vectors.js';

interface ReportFlags extends ReadFlags {
  comparedWith?: string[];
  out?: string;
  vocab?: string;
  reading?: string;
  dataDir?: string;
}

export function reportCommand(command: Command): void {
  command
    .argument('<run>', 'a run directory, finished or not; or the directory that --seeds wrote several into')
    .option(
      '--compared-with <runs>',
      'other runs to compare it with, comma-separated: controls, other recipes',
      list,
    )
    .option('--out <dir>', 'where to (default: report/ in the directory)')
    .option('--vocab <words>', 'rank the true word among a whole vocabulary too: a file, glove, glove:50')
    .addOption(readingOption('by which ranks and cosines are measured'))
    .option('--data-dir <dir>', 'where word vectors are looked for first')
    .action(async (run: string, { comparedWith, out, vocab, reading, ...words }: ReportFlags) => {
      const { seedsText, summaryText, writeReport, writeSeedsReport } = await import('../report/index.js'); // slow to load
      const [seed] = seedRuns(run);
      const one = seed === undefined ? run : join(run, seed);
      const vocabulary = vocab === undefined ? undefined : await openVocabulary(vocab, one, words);
      const report = () => {
        const { files, summary } = writeReport(run, { out, comparedWith, vocabulary, reading });
        return { files, text: summaryText(summary) };
      };
      const reports = () => {
        const { files, seeds } = writeSeedsReport(run, { out, comparedWith, vocabulary, reading });
        return { files, text: seedsText(seeds) };
      };
      const { files, text } = seed === undefined ? report() : reports();
      print(text);
      print(`\nWritten:\n${files.map((file) => `  ${file}`).join('\n')}`);
    });
  withReading(command).addHelpText('after', readingHelp());
}

/** Plain `glove` means the set of the run's own dimension, not the first that is found. */
function openVocabulary(spec: string, run: string, options: ReadFlags & { dataDir?: string }) {
  checkNoFolderOfRuns(run, 'analyse');
  const { dimension } = readRunFile(run).words;
  const sized = spec === 'glove' && GLOVE_DIMENSIONS.some((d) => d === dimension);
  return openTold(sized ? `glove:${dimension}` : spec, options);
}
