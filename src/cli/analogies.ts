/** `lexel analogies`: measures how well the arithmetic "b − a + c" works on a network's outputs for images. */

import { type Command, InvalidArgumentError } from 'commander';
import { brokenList } from '../data/index.js';
import type { BackendChoice } from '../engine/index.js';
import {
  ANALOGY_FORMS,
  type AnalogyForm,
  type AnalogyGroup,
  type AnalogyReport,
  measureAnalogies,
} from '../search/index.js';
import { isInformative } from '../statistics/measures.js';
import { UsageError } from '../util/errors.js';
import { counted, percent } from '../util/format.js';
import { setCode } from './context.js';
import { tellPassedOver } from './image-arguments.js';
import { table } from './table.js';
import { print, printError, printJson } from './terminal.js';
import { backendOption, choice, jsonOption, list, whole } from './values.js';
import { type ReadFlags, warn, withReading } from './word-vectors.js';
import { printWordAnalogies } from './words.js';

interface AnalogiesFlags extends ReadFlags {
  model?: string;
  data?: string;
  dataDir?: string;
  form?: AnalogyForm[];
  method: '3cosadd' | '3cosmul';
  draws: number;
  seed: number;
  words?: string;
  backend?: BackendChoice;
  json?: boolean;
}

export function analogiesCommand(command: Command): void {
  command
    .argument(
      '[questions]',
      "file of ': section' and 'a b c d' lines over labels (default: the questions that ship with Lexel for the data set)",
    )
    .option(
      '--model <path>',
      'a model file, or a run directory: all its finished folds (default: the model that comes with Lexel)',
    )
    .option('--data <set>', 'data set of the images (default: the one that the model was trained on)')
    .option('--data-dir <dir>', 'directory that is searched first for data sets and word vectors')
    .option(
      '--form <forms>',
      `inputs in place of the words: ${ANALOGY_FORMS.join(', ')} (default: all)`,
      forms,
    )
    .addOption(choice('--method <name>', 'method to compute answers', ['3cosadd', '3cosmul'], '3cosadd'))
    .option('--draws <n>', 'images drawn for each of a, b and c', whole(1), 200)
    .option('--seed <n>', 'seed of the draws', whole(0), 0)
    .option('--words <vectors>', 'use only word vectors, no images, like `lexel words evaluate`')
    .addOption(backendOption('compute backend'))
    .addOption(jsonOption())
    .addHelpText(
      'after',
      '\nExamples:\n  lexel analogies --model runs/rotations\n  lexel analogies mine.txt --form images,words' +
        '\n  lexel analogies questions-words.txt --words glove:50',
    )
    .action(analogies);
  withReading(command);
}

function forms(text: string, before?: AnalogyForm[]): AnalogyForm[] {
  const chosen = list(text, before);
  const wrong = chosen.find((name) => !(ANALOGY_FORMS as readonly string[]).includes(name));
  if (wrong !== undefined)
    throw new InvalidArgumentError(`"${wrong}" is not one of ${ANALOGY_FORMS.join(', ')}.`);
  return ANALOGY_FORMS.filter((name) => chosen.includes(name));
}

async function analogies(questions: string | undefined, flags: AnalogiesFlags): Promise<void> {
  const { words, form = ANALOGY_FORMS, json } = flags;
  if (words !== undefined) return wordsAlone(questions, { ...flags, words });
  const bar = process.stderr.isTTY;
  const report = await measureAnalogies({
    ...flags,
    questions,
    onWarning: warn,
    onModel: (done, total) => {
      if (bar && total > 1) process.stderr.write(`\r${done} of ${total} models${done === total ? '\n' : ''}`);
    },
  });
  const { broken = [], passedOver, dataset, sameImages } = report;
  if (broken.length > 0) printError(`lexel: ${dataset}: ${brokenList(broken)}`);
  if (passedOver) tellPassedOver(passedOver);
  // If the model was trained without the broken files (--skip-broken), no image is missing.
  if (broken.length > 0 && !sameImages) setCode(1);
  if (json) {
    const { trials: _, ...rest } = report;
    printJson(rest);
  } else {
    print(describe(report, form));
  }
}

async function wordsAlone(
  file: string | undefined,
  flags: AnalogiesFlags & { words: string },
): Promise<void> {
  if (flags.model !== undefined) {
    throw new UsageError(
      '--words and --model exclude each other: use word vectors alone, or a model with images',
      'A model contains its own word vectors; leave --words out.',
    );
  }
  if (flags.form) throw new UsageError('--form cannot be combined with --words');
  if (file === undefined) {
    throw new UsageError(
      '--words needs a file of questions',
      'For example questions-words.txt of the Google analogy test.',
    );
  }
  await printWordAnalogies(file, flags);
}

const GROUP_TITLES = {
  'd unseen': 'd was held out of training',
  seen: 'a, b, c and d were all in training',
  other: 'd was in training; a, b or c was not',
} as const;

function describe(report: AnalogyReport, shown: readonly AnalogyForm[]): string {
  const { models, unfinished, leftOut, groups, labels, method, draws, seed } = report;
  const folds =
    models.length === 1
      ? `model of fold ${shortened(models[0].fold)}`
      : `${models.length} models, one per fold`;
  const lines = [
    `${report.file}: ${counted(report.questions.length, 'question')} in ${counted(report.sections.length, 'section')}`,
    `${folds}, recipe ${report.recipe}; test images of ${report.dataset}, ${counted(draws, 'draw')} per question (seed ${seed})`,
    `Candidates: ${labels} labels without a, b and c; ${method} around the mean of the seen labels; 95 % intervals over questions`,
  ];
  if (leftOut > 0) lines.push(`Left out because a label has a zero vector: ${counted(leftOut, 'question')}`);
  if (unfinished.length > 0)
    lines.push(`Left out because their folds are not finished: ${unfinished.join(', ')}`);
  if (!report.sameImages)
    lines.push(`Note: these images are not exactly the images of the model's data set.`);
  // A seen d with a held-out a, b or c is weak evidence, so this group is shown only if there is no other.
  const most = groups.filter(({ group }) => group !== 'other');
  const main = most.length > 0 ? most : groups;
  const rest = groups.find((group) => !main.includes(group));
  for (const group of main) lines.push('', groupTable(report, group, shown));
  for (const group of main) {
    if (group.sections.length < 2 || !isInformative('share', report.chance.hit5)) continue;
    lines.push('', `hit@5 by section, ${GROUP_TITLES[group.group]}`, sectionTable(group, shown));
  }
  if (rest)
    lines.push('', `${GROUP_TITLES[rest.group]}: ${counted(rest.questions, 'question')}, with --json`);
  return lines.join('\n');
}

function groupTable({ chance }: AnalogyReport, group: AnalogyGroup, shown: readonly AnalogyForm[]): string {
  const rows = shown.flatMap((form) => {
    const { answers, above } = group.forms[form];
    return (['arithmetic', 'c', 'b'] as const).map((answer) => {
      const { hit1, hit5, rank } = answers[answer];
      const gain = answer === 'arithmetic' ? undefined : above[answer].hit5;
      return [
        answer === 'arithmetic' ? form : '',
        answer === 'arithmetic' ? 'b − a + c' : `${answer} alone`,
        percent(hit1.mean),
        range(hit1.low, hit1.high),
        percent(hit5.mean),
        range(hit5.low, hit5.high),
        rank.mean.toFixed(1),
        gain ? `${signed(gain.mean)} (${range(gain.low, gain.high, signed)})` : '',
      ];
    });
  });
  rows.push(['chance', '', percent(chance.hit1), '', percent(chance.hit5), '', chance.rank.toFixed(1), '']);
  const models = group.trials === group.questions ? '' : `, ${group.trials} trials over all models`;
  const head = ['inputs', 'answer', 'hit@1', '95 %', 'hit@5', '95 %', 'rank', 'gain of arithmetic, hit@5'];
  // Among five candidates or fewer, every answer is a hit@5.
  const told = isInformative('share', chance.hit5) ? head.map((_, column) => column) : [0, 1, 2, 3, 6];
  const cells = (row: readonly string[]) => told.map((column) => row[column]);
  const drop = [3, 5, 7].map((column) => told.indexOf(column)).filter((column) => column >= 0);
  const text = table(cells(head), rows.map(cells), { drop });
  return `${GROUP_TITLES[group.group]}: ${counted(group.questions, 'question')}${models}\n${text}`;
}

function sectionTable({ sections }: AnalogyGroup, shown: readonly AnalogyForm[]): string {
  const rows = sections.map(({ section, questions, forms: of }) => [
    section,
    String(questions),
    ...shown.map((form) => percent(of[form].hit5)),
  ]);
  return table(['section', 'questions', ...shown], rows);
}

/** A fold that holds out many classes has a long name. */
const shortened = (name: string) => (name.length <= 40 ? name : `${name.slice(0, 39)}…`);
const signed = (share: number) => `${share < 0 ? '−' : '+'}${(100 * Math.abs(share)).toFixed(1)}`;
const range = (low: number | null, high: number | null, show = (x: number) => (100 * x).toFixed(1)) =>
  low === null || high === null ? 'n/a' : `${show(low)} to ${show(high)}`;
