/** `lexel classify`: the words nearest to images, including words that the network was not trained on. */

import { type Command, InvalidArgumentError } from 'commander';
import { PassedOverCount } from '../data/index.js';
import type { BackendChoice } from '../engine/index.js';
import type { SheetWord } from '../figures/contact-sheet.js';
import {
  type Embedded,
  embedImages,
  imagePaths,
  openModel,
  type RankedLabel,
  UNFAMILIAR,
} from '../search/index.js';
import { UsageError } from '../util/errors.js';
import { fixed, roughPercent, words } from '../util/format.js';
import { visible } from '../util/visible.js';
import { WORDS_CHOICES } from '../words/index.js';
import { setCode } from './context.js';
import { meansSeveral, namedPaths, tellPassedOver } from './image-arguments.js';
import { Sheet, sheetOption } from './sheet.js';
import { table } from './table.js';
import { jsonText, look, print, printJson, printProblem } from './terminal.js';
import { backendOption, choice, list, readingHelp, readingOption, real, whole } from './values.js';
import { type ReadFlags, tellRepairs, warn, withReading } from './word-vectors.js';

interface ClassifyFlags extends ReadFlags {
  model?: string;
  top: number;
  labels?: string[];
  vocab?: number | 'all';
  words?: string;
  dataDir?: string;
  metric: 'cosine' | 'euclidean';
  minFamiliarity?: number;
  csls?: boolean;
  reading?: string;
  backend?: BackendChoice;
  null?: boolean;
  sheet?: string;
  json?: boolean;
  jsonLines?: boolean;
}

export function classifyCommand(command: Command): void {
  command
    .argument('<images...>', 'PNG, JPEG or WebP files, folders of them, or - for a list on standard input')
    .option('--model <path>', 'a model file or a run directory (default: the model that comes with Lexel)')
    .option('--top <n>', 'number of words per image', whole(1), 5)
    .option('--labels <words>', 'only these candidates, comma-separated: any words that have vectors', list)
    .option(
      '--vocab <words>',
      'more candidates: all words of the vocabulary, or top-<n>, its first n words',
      vocabulary,
    )
    .option(
      '--words <vectors>',
      `${WORDS_CHOICES} (default: the model's own, if they are found); without --vocab and --labels, implies --vocab all`,
    )
    .option('--data-dir <dir>', 'directory that is searched first for word vectors')
    .addOption(choice('--metric <name>', 'similarity measure', ['cosine', 'euclidean'], 'cosine'))
    .addOption(readingOption('how images are compared with words', 'the best that the model supports'))
    .option(
      '--min-familiarity <percent>',
      `images that are more familiar than fewer of the model's test images are "unlike anything it was trained on" (default: ${100 * UNFAMILIAR})`,
      real(0, 100),
    )
    .option('--csls', 'correct for hubs: words that are close to every image')
    .addOption(backendOption('compute backend'))
    .option('-0, --null', 'paths on standard input end with NUL instead of a line end')
    .addOption(sheetOption('each image with its words'))
    .option('--json', 'print one JSON array')
    .option('--json-lines', 'print JSON, one object per line')
    .action(classify);
  withReading(command).addHelpText('after', readingHelp());
}

/** "top-20000" or "all". */
function vocabulary(text: string): number | 'all' {
  if (text === 'all') return text;
  const count = Number(/^top-(\d+)$/.exec(text)?.[1]);
  if (!(count >= 1)) throw new InvalidArgumentError('Write it as all or top-20000.');
  return count;
}

async function classify(names: string[], flags: ClassifyFlags): Promise<void> {
  if (flags.json && flags.jsonLines) throw new UsageError('--json and --json-lines exclude each other');
  const { labels, metric, csls, top } = flags;
  const model = openModel(flags.model, { ...flags, onWords: tellRepairs, onWarning: warn });
  const vocab = flags.vocab ?? (flags.words !== undefined && !labels ? 'all' : undefined);
  const answerer = await model.answerer({ labels, vocab, metric, csls });
  const { directionless } = answerer;
  if (directionless.length > 0) {
    const [first, ...more] = directionless.map((word) => JSON.stringify(word));
    const those = more.length > 0 ? `${first} and ${more.length} more have` : `${first} has`;
    warn(`left out of the candidates: ${those} a zero vector, which has no direction`);
  }
  if (flags.minFamiliarity !== undefined && !model.knowsFamiliarity) {
    throw new UsageError(
      `--min-familiarity: ${model.file} has no calibration of familiarity`,
      'Add it with the data set that the model was trained on: lexel model pack MODEL --calibrate SET --out FILE',
    );
  }
  const known = new Set(model.labels);
  const judge = judgement(answerer.count, (flags.minFamiliarity ?? 100 * UNFAMILIAR) / 100);
  const column = csls ? 'csls' : metric;
  const several = meansSeveral(names);
  const form: Form = flags.json
    ? jsonArray(judge)
    : flags.jsonLines
      ? jsonLines(judge)
      : tables(several, known, column, judge);
  const sheet = flags.sheet === undefined ? undefined : new Sheet(flags.sheet);
  const passed = new PassedOverCount();
  const paths = imagePaths(namedPaths(names, flags.null), (entry) => passed.add(entry));
  let failed = false;
  for await (const batch of embedImages(model, paths)) {
    for (const one of batch) {
      const found = one.error ? [] : answerer.answer(one.output, top)[0];
      form.print(one, found);
      if (!one.error) {
        const unsure = judge(one.familiarity).familiar === false;
        await sheet?.add(one.bytes ?? one.image, one.image, { words: sheetWords(found, known), unsure });
        continue;
      }
      failed = true;
      printProblem(one.error);
    }
  }
  form.end();
  const captions = [`Under each image: the nearest words, with their ${CAPTIONS[column]}.`];
  await sheet?.write({ title: 'The nearest words', captions }, flags.json || flags.jsonLines);
  tellPassedOver(passed.counts);
  if (failed) setCode(1);
}

/** What the score of a word is, for the sheet's caption. */
const CAPTIONS = { cosine: 'cosine', csls: 'CSLS score', euclidean: 'distance' } as const;

const sheetWords = (found: readonly RankedLabel[], known: ReadonlySet<string>): SheetWord[] =>
  found.map(({ label, score, unseen }) => ({
    text: words(label),
    unseen: unseen || !known.has(label),
    value: fixed(score, 2),
  }));

/** An output format; each answer is printed as soon as it is computed. */
interface Form {
  print(one: Embedded, found: readonly RankedLabel[]): void;
  end(): void;
}

/** What is said about an image beside its words. */
interface Judgement {
  /** The share of images for which guessing names the right word first. */
  readonly chance: number;
  /** See `ImageAnswers`; undefined, like `familiar`, if the model has no calibration. */
  readonly familiarity?: number;
  /** Whether it is at least --min-familiarity. */
  readonly familiar?: boolean;
}

type Judge = (familiarity: number | undefined) => Judgement;

const judgement =
  (candidates: number, least: number): Judge =>
  (familiarity) => ({
    chance: 1 / candidates,
    ...(familiarity !== undefined && { familiarity, familiar: familiarity >= least }),
  });

const NOT_SURE = 'Not sure: unlike anything it was trained on';

function tables(several: boolean, known: ReadonlySet<string>, column: string, judge: Judge): Form {
  let printed = false;
  return {
    print(one, found) {
      if (one.error) return;
      const { image } = one;
      const { chance, familiarity, familiar } = judge(one.familiarity);
      const rows = found.map(({ label, score, unseen }) => {
        const note = unseen ? 'never seen in training' : known.has(label) ? '' : 'not a label of the model';
        return [label, score.toFixed(4), note];
      });
      const name = several ? `${printed ? '\n' : ''}${visible(image)}\n` : '';
      printed = true;
      const doubt = familiar === false ? `${look().style('warning', NOT_SURE)}\n` : '';
      const more =
        familiarity === undefined
          ? ''
          : `More familiar than ${roughPercent(familiarity)} of the test images. `;
      const guess = `Guessing among ${Math.round(1 / chance).toLocaleString('en')} words: ${roughPercent(chance)} right.`;
      print(`${name}${doubt}${table(['word', column, ''], rows)}\n${more}${guess}`);
    },
    end() {},
  };
}

const record = (one: Embedded, words: readonly RankedLabel[], judge: Judge) =>
  one.error
    ? { image: one.image, error: one.error.message }
    : { image: one.image, words, ...judge(one.familiarity) };

const jsonLines = (judge: Judge): Form => ({
  print: (one, found) => printJson(record(one, found, judge), 0),
  end() {},
});

/** Prints the same array as jsonText(all), item by item. */
function jsonArray(judge: Judge): Form {
  let items = 0;
  return {
    print(one, found) {
      const text = jsonText(record(one, found, judge)).replaceAll('\n', '\n  ');
      process.stdout.write(`${items++ > 0 ? ',' : '['}\n  ${text}`);
    },
    end: () => process.stdout.write(items > 0 ? '\n]\n' : '[]\n'),
  };
}
