/** `lexel report`: writes the report with its figures and tables from the files of a run. */

import { join } from 'node:path';
import type { Command } from 'commander';
import { readRunFile } from '../crossval/run-file.js';
import { checkNoFolderOfRuns, seedRuns } from '../crossval/runs.js';

import { GLOVE_DIMENSIONS, WORDS_CHOICES } from '../words/index.js';
import { look, print, printJson } from './terminal.js';
import { jsonOption, list, readingHelp, readingOption } from './values.js';
import { openTold, type ReadFlags, warn, withReading } from './word-vectors.js';

interface ReportFlags extends ReadFlags {
  comparedWith?: string[];
  out?: string;
  vocab?: string;
  reading?: string;
  dataDir?: string;
  images: boolean;
  json?: boolean;
}

export function reportCommand(command: Command): void {
  command
    .argument('<run>', 'a run directory, finished or not, or a directory of runs written by --seeds')
    .option(
      '--compared-with <runs>',
      'other runs to compare with, comma-separated: controls, other recipes',
      list,
    )
    .option('--out <dir>', 'output directory (default: report/ in the run directory)')
    .option('--vocab <words>', `also rank the true word among a whole vocabulary: ${WORDS_CHOICES}`)
    .addOption(readingOption('reading for ranks and cosines'))
    .option(
      '--data-dir <dir>',
      'directory that is searched first for word vectors and for the images to show',
    )
    .option('--no-images', 'leave the images of held-out classes out; the data set is not opened')
    .addOption(jsonOption())
    .action(async (run: string, flags: ReportFlags) => {
      const { comparedWith, out, vocab, reading, images, json, ...words } = flags;
      const { seedsText, summaryText, writeReport, writeSeedsReport } = await import('../report/index.js'); // slow to load
      const [seed] = seedRuns(run);
      const one = seed === undefined ? run : join(run, seed);
      const vocabulary = vocab === undefined ? undefined : await openVocabulary(vocab, one, words);
      const { dataDir } = words;
      const options = { out, comparedWith, vocabulary, reading, images, dataDir, onWarning: warn };
      const report = async () => {
        const { files, summary } = await writeReport(run, options);
        return { files, json: summary, text: summaryText(summary, { look: look() }) };
      };
      const reports = async () => {
        const { files, seeds } = await writeSeedsReport(run, options);
        return { files, json: seeds, text: seedsText(seeds, look()) };
      };
      const { files, text, json: summary } = await (seed === undefined ? report() : reports());
      if (json) return printJson({ files, [seed === undefined ? 'summary' : 'seeds']: summary });
      print(text);
      print(`\nWritten:\n${files.map((file) => `  ${file}`).join('\n')}`);
    });
  withReading(command).addHelpText('after', readingHelp());
}

/** `glove` without a dimension means the set with the run's dimension, not the first set that is found. */
function openVocabulary(spec: string, run: string, options: ReadFlags & { dataDir?: string }) {
  checkNoFolderOfRuns(run, 'analyse');
  const { dimension } = readRunFile(run).words;
  const sized = spec === 'glove' && GLOVE_DIMENSIONS.some((d) => d === dimension);
  return openTold(sized ? `glove:${dimension}` : spec, options);
}
