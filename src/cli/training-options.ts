/** The options that `train` and `loo` share, and how they become an experiment. */

import { type Command, Option } from 'commander';
import type { ExperimentOptions } from '../crossval/index.js';
import { DATA_CHOICES } from '../data/index.js';
import type { BackendChoice } from '../engine/index.js';
import {
  type AugmentConfig,
  CONTROL_NAMES,
  LABEL_WEIGHT,
  PRESETS,
  RECIPE_NAMES,
  type TrainConfig,
} from '../train/index.js';
import { alias, backendOption, choice, real, superclassesOption, whole } from './values.js';
import { type ReadFlags, withReading } from './word-vectors.js';

/** As commander gives them; names are commander's camel case of the flags. */
export interface TrainingFlags extends ReadFlags {
  data: string;
  words?: string;
  dataDir?: string;
  superclasses?: string;
  size?: number;
  net: string;
  width: number;
  depth: number;
  dropout?: number;
  epochs: number;
  batch?: number;
  lr?: number;
  weightDecay?: number;
  warmup?: number;
  clip?: number;
  ema?: number;
  crop?: number;
  flip?: boolean;
  cutout?: number;
  cutmix?: number;
  balanced?: boolean;
  preset: string;
  recipe: string;
  control?: string;
  ranking?: number;
  labelWeight?: number;
  seed: number;
  limit?: number;
  init?: 'default' | 'pytorch';
  keepOutputs?: 'held-out' | 'seen';
  alias?: Record<string, string>;
  onMissing: 'error' | 'skip';
  allowEqualTargets?: boolean;
  skipBroken?: boolean;
  backend?: BackendChoice;
  threads?: number;
  workers?: number;
  out?: string;
  resume?: string;
  allowDrift?: boolean;
  retry?: boolean;
}

/** What `lexel loo` has beside them: which folds there are, and which of them are trained here. */
export interface LooFlags {
  protocol: string;
  classes?: string[];
  folds?: string;
  shard?: string;
  seeds?: number[];
}

/** Decay of the moving averages when `--ema` is given without a number. */
const DEFAULT_EMA = 0.999;

/** Adds the shared options to a command. */
export function addTrainingOptions(command: Command): Command {
  command
    .option('--data <set>', `${DATA_CHOICES}, or a folder of class-named folders`, 'shapes')
    .option('--words <vectors>', 'a file, glove, glove:50 or shapes (default: shapes for shapes, else glove)')
    .option('--data-dir <dir>', 'where data sets and word vectors are looked for first')
    .addOption(superclassesOption());
  return withReading(command)
    .option('--size <pixels>', "height and width of the images (default: the data set's own)", whole(8))
    .option('--net <name>', 'micronet, efficientnet-b0, efficientnet-b0:s1 or lite', 'micronet')
    .option('--width <factor>', 'channel multiplier', real(0, 16, false), 1)
    .option('--depth <factor>', 'block multiplier', real(0, 16, false), 1)
    .option('--dropout <rate>', "before the last layer (default: the network's own)", real(0, 0.99))
    .option('--epochs <n>', 'passes over the training images', whole(1), 25)
    .option(
      '--preset <name>',
      `optimizer, schedule and augmentation: ${Object.keys(PRESETS).join(', ')}`,
      'adamw',
    )
    .option(
      '--recipe <name>',
      `targets and loss: ${RECIPE_NAMES.map(({ name }) => name).join(', ')}`,
      'poster',
    )
    .option(
      '--ranking <margin>',
      "ranking loss (DeViSE's hinge) instead of the recipe's: margin in cosines, such as 0.1",
      real(0, 2, false),
    )
    .option(
      '--label-weight <w>',
      `of the recipe joint: what the second head's loss counts (default ${LABEL_WEIGHT})`,
      real(0, undefined, false),
    )
    .option(
      '--control <name>',
      `the experiment with one thing taken away: ${CONTROL_NAMES.map(({ name }) => name).join(', ')}`,
    )
    .option('--batch <n>', 'images a step (default: of the preset)', whole(1))
    .option('--lr <rate>', 'highest learning rate (default: of the preset)', real(0, undefined, false))
    .option('--weight-decay <rate>', '(default: of the preset)', real(0))
    .option('--warmup <epochs>', 'linear warm-up (default: of the preset)', real(0))
    .option('--clip <norm>', 'limit of the gradient norm, 0 = off (default: of the preset)', real(0))
    .addOption(
      new Option(
        '--ema [decay]',
        `measure and keep averaged weights and batch-norm statistics (decay ${DEFAULT_EMA})`,
      )
        .argParser(real(0, 0.999999))
        .preset(`${DEFAULT_EMA}`),
    )
    .option('--crop <pixels>', 'random shift (default: of the preset)', whole(0))
    .option('--no-flip', 'do not mirror images')
    .option('--cutout <pixels>', 'side of an erased square, 0 = off', whole(0))
    .option('--cutmix <alpha>', 'mix images and their vectors, 0 = off', real(0))
    .option('--balanced', 'every batch holds nearly the same number of each class')
    .option('--limit <n>', 'training images a fold, class-balanced', whole(1))
    .option('--seed <n>', 'of everything random', whole(0), 0)
    .addOption(choice('--init <kind>', 'initial weights (default: "default")', ['default', 'pytorch']))
    .addOption(
      choice('--keep-outputs <which>', 'keep the outputs of held-out or also of seen test images', [
        'held-out',
        'seen',
      ]),
    )
    .option('--alias <old=new>', 'look up another word for a label; repeatable', alias)
    .option('--skip-broken', "train without the files of --data's folder that cannot be read")
    .addOption(choice('--on-missing <what>', 'labels that have no vector', ['error', 'skip'], 'error'))
    .option('--allow-equal-targets', 'hold a label out though another one that is seen has the same vector')
    .addOption(backendOption('what computes (default: native where it was built)'))
    .option('--threads <n>', 'threads inside a step (default: what the workers leave)', whole(1))
    .option('--workers <n>', 'folds at once (default: one per core)', whole(1))
    .option('--out <dir>', 'the run directory (default: a new one under runs/)')
    .option('--resume <dir>', 'go on with a run that was stopped')
    .option('--allow-drift', 'resume on another backend, instruction set or build')
    .option('--retry', 'train folds again that failed; else they are left alone')
    .addHelpText(
      'after',
      [...described('Recipes', RECIPE_NAMES), ...described('Controls', CONTROL_NAMES)].join('\n'),
    );
}

function described(title: string, list: readonly { name: string; about: string }[]): string[] {
  return ['', `${title}:`, ...list.map(({ name, about }) => `  ${name.padEnd(10)} ${about}`)];
}

/** The experiment that the flags describe. */
export function experimentOptions(
  flags: TrainingFlags,
  what: Pick<ExperimentOptions, 'protocol' | 'holdout' | 'selection'>,
  command: string,
): ExperimentOptions {
  return {
    ...what,
    command,
    data: flags.data,
    words: flags.words ?? (flags.data === 'shapes' ? 'shapes' : 'glove'),
    dataDir: flags.dataDir,
    superclasses: flags.superclasses,
    size: flags.size,
    net: flags.net,
    width: flags.width,
    depth: flags.depth,
    dropout: flags.dropout,
    recipe: flags.recipe,
    control: flags.control,
    preset: flags.preset,
    seed: flags.seed,
    epochs: flags.epochs,
    train: trainChanges(flags),
    aliases: flags.alias,
    onMissing: flags.onMissing,
    strict: flags.strict,
    allowShort: flags.allowShort,
    maxMemory: flags.maxMemory,
    allowEqualTargets: flags.allowEqualTargets,
    skipBroken: flags.skipBroken,
    backend: flags.backend,
  };
}

/** Flags that set one value of the training configuration, and the name of that value. */
export const CONFIG_FLAGS = {
  batch: 'batch',
  lr: 'learningRate',
  weightDecay: 'weightDecay',
  warmup: 'warmup',
  clip: 'clip',
  ema: 'ema',
  balanced: 'balanced',
  limit: 'limit',
  ranking: 'ranking',
  labelWeight: 'labelWeight',
  init: 'init',
  keepOutputs: 'keepOutputs',
} as const satisfies Partial<Record<keyof TrainingFlags, keyof TrainConfig>>;
const CONFIG = Object.entries(CONFIG_FLAGS) as [keyof typeof CONFIG_FLAGS, keyof TrainConfig][];
/** Flags that set one value of its augmentation, which has the same name. */
export const AUGMENT_FLAGS = [
  'crop',
  'flip',
  'cutout',
  'cutmix',
] as const satisfies readonly (keyof AugmentConfig)[];

/** What the flags change in the preset. */
export function trainChanges(flags: TrainingFlags): Partial<TrainConfig> {
  const preset = PRESETS[flags.preset as keyof typeof PRESETS]?.augment;
  // Without --no-flip commander reports true, which says nothing about the preset's own choice.
  const changes = AUGMENT_FLAGS.filter((name) => flags[name] !== undefined && flags[name] !== true);
  return {
    ...Object.fromEntries(CONFIG.map(([flag, key]) => [key, flags[flag]])),
    augment: preset && { ...preset, ...Object.fromEntries(changes.map((name) => [name, flags[name]])) },
  };
}
