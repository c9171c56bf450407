/** `lexel words`: inspects, downloads, packs and trains word vectors. */

import { Command } from 'commander';
import { UsageError } from '../util/errors.js';
import { percent } from '../util/format.js';
import type { WordMetric } from '../words/index.js';
import {
  evaluateAnalogies,
  getWords,
  nearestWords,
  readWords,
  repairText,
  trainWords,
  WORDS_CHOICES,
  wordsInfo,
  writeWords,
} from '../words/index.js';
import { downloadBar } from './bar.js';
import { table } from './table.js';
import { print, printError, printJson } from './terminal.js';
import { choice, jsonOption, real, whole } from './values.js';
import { openTold, type ReadFlags, tellRepairs, withReading } from './word-vectors.js';

export function wordsCommand(command: Command): void {
  for (const sub of [nearest(), evaluate(), info(), get(), pack(), train()]) command.addCommand(sub);
}

interface Source extends ReadFlags {
  words: string;
  dataDir?: string;
}

/** Adds --words, --data-dir, and the options for reading word vectors. */
function withSource(command: Command): Command {
  command
    .option('--words <vectors>', WORDS_CHOICES, 'glove')
    .option('--data-dir <dir>', 'directory that is searched first for word vectors');
  return withReading(command);
}

function nearest(): Command {
  return withSource(new Command('nearest'))
    .description('find the words nearest to a word or a sum of words, such as "king - man + woman"')
    .argument('<expression>')
    .option('--top <n>', 'number of words', whole(1), 10)
    .addOption(choice('--metric <name>', 'similarity measure', ['cosine', 'euclidean'], 'cosine'))
    .addOption(jsonOption())
    .action(async (expression: string, options: NearestFlags) => {
      const words = await openTold(options.words, options);
      const answer = nearestWords(words, expression, options);
      if (options.json) return printJson(answer);
      print(
        table(
          ['word', options.metric],
          answer.nearest.map(({ word, score }) => [word, score.toFixed(4)]),
        ),
      );
    });
}

interface NearestFlags extends Source {
  top: number;
  metric: WordMetric;
  json?: boolean;
}

function evaluate(): Command {
  return withSource(new Command('evaluate'))
    .description('answer the analogy questions of a file in the Google format')
    .argument('<questions>', 'file such as questions-words.txt')
    .addOption(choice('--method <name>', 'method to compute answers', ['3cosadd', '3cosmul'], '3cosadd'))
    .addOption(jsonOption())
    .action(printWordAnalogies);
}

/** Prints how many analogy questions of a file the word vectors answer. Also used by `lexel analogies --words`. */
export async function printWordAnalogies(
  file: string,
  options: Source & { method: '3cosadd' | '3cosmul'; json?: boolean },
): Promise<void> {
  const words = await openTold(options.words, options);
  const result = evaluateAnalogies(words, file, { method: options.method });
  if (options.json) return printJson(result);
  const { sections, total } = result;
  const rows = [...sections, total].map((s) => [
    s.section,
    String(s.questions),
    String(s.inVocabulary),
    String(s.correct),
    percent(s.accuracy),
  ]);
  print(table(['section', 'questions', 'in vocabulary', 'right', 'accuracy'], rows));
}

function info(): Command {
  const command = new Command('info')
    .description('show the contents of a set of word vectors')
    .argument('<words>', WORDS_CHOICES)
    .option('--data-dir <dir>', 'directory that is searched first for word vectors')
    .addOption(jsonOption())
    .action(async (spec: string, options: ReadFlags & { dataDir?: string; json?: boolean }) => {
      const found = wordsInfo(await openTold(spec, options));
      if (options.json) return printJson(found);
      const { min, median, max } = found.norm;
      print(
        table(undefined, [
          ['source', found.source],
          ['words', String(found.words)],
          ['dimension', String(found.dimension)],
          ['in memory', `${(found.bytes / 2 ** 20).toFixed(found.bytes < 2 ** 20 ? 2 : 1)} MiB`],
          ['lengths', `${min.toFixed(2)} to ${max.toFixed(2)}, median ${median.toFixed(2)}`],
          ['zero vectors', String(found.zeros)],
          ['first words', found.first.join(' ')],
          ['checksum', found.checksum],
          ...found.repairs.map((repair) => ['repaired', repairText(repair)]),
        ]),
      );
    });
  return withReading(command);
}

function get(): Command {
  return new Command('get')
    .description('download published word vectors')
    .argument('<set>', 'glove.6B')
    .option('--data-dir <dir>', 'target directory (default: LEXEL_DATA, else the cache)')
    .option('--url <address>', 'a mirror; the file is still verified by the published checksum')
    .addOption(jsonOption())
    .action(async (set: string, options: { dataDir?: string; url?: string; json?: boolean }) => {
      const bar = downloadBar();
      try {
        const { dir, fetched } = await getWords(set, { ...options, onProgress: bar.update });
        bar.stop();
        if (options.json) printJson({ set, dir, fetched });
        else print(fetched ? `${set} is in ${dir}` : `${set} was already in ${dir}`);
      } finally {
        bar.stop();
      }
    });
}

function pack(): Command {
  const command = new Command('pack')
    .description('convert word vectors to a compact file that loads quickly')
    .argument('<from>', 'GloVe or word2vec file, text or binary')
    .argument('<to>', 'output file, such as words.lexw')
    .option('--half', 'store float16: half the size, about three decimals')
    .addOption(jsonOption())
    .action(async (from: string, to: string, options: ReadFlags & { half?: boolean; json?: boolean }) => {
      if (!/\.lexw$/i.test(to))
        throw new UsageError(`${to}: the name of packed word vectors must end with .lexw`);
      const words = await readWords(from, options);
      tellRepairs(words);
      writeWords(to, words, { dtype: options.half ? 'float16' : 'float32' });
      tellWritten(words, to, options.json);
    });
  return withReading(command);
}

function train(): Command {
  return new Command('train')
    .description('train word vectors on text (GloVe)')
    .argument('<corpus>', 'a plain text file')
    .requiredOption('--out <file>', 'output file, such as words.txt or words.lexw')
    .option('--dim <n>', 'dimensions (default: 50)', whole(1))
    .option('--epochs <n>', 'passes over the co-occurrences (default: 50)', whole(1))
    .option('--window <n>', 'words on each side (default: 15)', whole(1))
    .option('--min-count <n>', 'leave out words with fewer occurrences (default: 5)', whole(1))
    .option('--x-max <n>', 'number of co-occurrences from which the weight is 1', real(0, undefined, false))
    .option('--lr <rate>', 'learning rate', real(0, undefined, false))
    .option('--seed <n>', 'seed of the initial vectors and the order (default: 1)', whole(0))
    .addOption(jsonOption())
    .action(async (corpus: string, options: TrainWordsFlags) => {
      const { out, dim, lr, json, ...rest } = options;
      const made = await trainWords(corpus, out, {
        ...rest,
        dimension: dim,
        learningRate: lr,
        onEpoch: (epoch, loss) => printError(`epoch ${epoch}  loss ${loss.toFixed(5)}`),
      });
      tellWritten(made, out, json);
    });
}

function tellWritten(
  { count, dimension }: { readonly count: number; readonly dimension: number },
  file: string,
  json?: boolean,
): void {
  if (json) printJson({ file, words: count, dimension });
  else print(`${count} words of ${dimension} dimensions in ${file}`);
}

interface TrainWordsFlags {
  out: string;
  json?: boolean;
  dim?: number;
  epochs?: number;
  window?: number;
  minCount?: number;
  xMax?: number;
  lr?: number;
  seed?: number;
}
