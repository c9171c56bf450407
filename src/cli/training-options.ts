/** The options that `train` and `loo` share, and their conversion to the options of an experiment. */

import { type Command, Option } from 'commander';
import type { ExperimentOptions } from '../crossval/index.js';
import { DATA_CHOICES } from '../data/index.js';
import type { BackendChoice } from '../engine/index.js';
import {
  type AugmentConfig,
  CONTROL_NAMES,
  LABEL_WEIGHT,
  MOST_VALIDATION,
  PRESETS,
  RECIPE_NAMES,
  type TrainConfig,
  VALIDATION_SHARE,
} from '../train/index.js';
import { WORDS_CHOICES } from '../words/index.js';
import { alias, backendOption, choice, jsonOption, real, superclassesOption, whole } from './values.js';
import { type ReadFlags, withReading } from './word-vectors.js';

/** The parsed flags; the names are commander's camel case of the flags. */
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
  patience?: number;
  keepBest?: true;
  validationShare?: number;
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
  dryRun?: boolean;
  allowDrift?: boolean;
  retry?: boolean;
  json?: boolean;
}

/** Additional flags of `lexel loo`: the protocol, and the folds that are trained in this call. */
export interface LooFlags {
  protocol: string;
  classes?: string[];
  folds?: string;
  shard?: string;
  queue?: string;
  store?: string;
  storeData?: boolean;
  detach?: boolean;
  arrayJob?: true;
  attempts?: number;
  seeds?: number[];
}

/** Decay of the moving averages when `--ema` is given without a number. */
const DEFAULT_EMA = 0.999;

/** Adds the shared options to a command. */
export function addTrainingOptions(command: Command): Command {
  command
    .option('--data <set>', `${DATA_CHOICES}, or a folder of class-named folders`, 'shapes')
    .option('--words <vectors>', `${WORDS_CHOICES} (default: shapes for shapes, else glove)`)
    .option('--data-dir <dir>', 'directory that is searched first for data sets and word vectors')
    .addOption(superclassesOption());
  return withReading(command)
    .option('--size <pixels>', "height and width of the images (default: the data set's own)", whole(8))
    .option('--net <name>', 'micronet, efficientnet-b0, efficientnet-b0:s1 or lite', 'micronet')
    .option('--width <factor>', 'channel multiplier', real(0, 16, false), 1)
    .option('--depth <factor>', 'block multiplier', real(0, 16, false), 1)
    .option('--dropout <rate>', "dropout before the last layer (default: the network's own)", real(0, 0.99))
    .option('--epochs <n>', 'passes over the training images', whole(1), 25)
    .option('--patience <n>', 'stop after n epochs in a row without a lower validation loss', whole(1))
    .option('--keep-best', 'keep the weights of the epoch with the lowest validation loss, not of the last')
    .option(
      '--validation-share <share>',
      `training images of each seen class set apart for validation, up to ${MOST_VALIDATION} (default: ${VALIDATION_SHARE} with --patience or --keep-best, else none)`,
      real(0, MOST_VALIDATION, false),
    )
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
      "replace the recipe's loss by a ranking loss (DeViSE's hinge) with this margin in cosine, such as 0.1",
      real(0, 2, false),
    )
    .option(
      '--label-weight <w>',
      `with the recipe joint: weight of the second head's loss (default: ${LABEL_WEIGHT})`,
      real(0, undefined, false),
    )
    .option(
      '--control <name>',
      `run a control, the experiment without one ingredient: ${CONTROL_NAMES.map(({ name }) => name).join(', ')}`,
    )
    .option('--batch <n>', "images per step (default: the preset's)", whole(1))
    .option('--lr <rate>', "highest learning rate (default: the preset's)", real(0, undefined, false))
    .option('--weight-decay <rate>', "weight decay (default: the preset's)", real(0))
    .option('--warmup <epochs>', "linear warm-up (default: the preset's)", real(0))
    .option('--clip <norm>', "limit of the gradient norm, 0 = off (default: the preset's)", real(0))
    .addOption(
      new Option(
        '--ema [decay]',
        `evaluate and keep averaged weights and batch-norm statistics (default decay: ${DEFAULT_EMA})`,
      )
        .argParser(real(0, 0.999999))
        .preset(`${DEFAULT_EMA}`),
    )
    .option('--crop <pixels>', "random shift (default: the preset's)", whole(0))
    .option('--no-flip', 'do not mirror images')
    .option('--cutout <pixels>', 'side of the erased square, 0 = off', whole(0))
    .option('--cutmix <alpha>', 'mix images and their vectors, 0 = off', real(0))
    .option('--balanced', 'use nearly the same number of images of each class in every batch')
    .option('--limit <n>', 'training images per fold, class-balanced', whole(1))
    .option('--seed <n>', 'random seed', whole(0), 0)
    .addOption(choice('--init <kind>', 'initial weights (default: "default")', ['default', 'pytorch']))
    .addOption(
      choice('--keep-outputs <which>', 'keep outputs only of held-out test images, or also of seen ones', [
        'held-out',
        'seen',
      ]),
    )
    .option('--alias <old=new>', 'look up another word for a label; repeatable', alias)
    .option('--skip-broken', 'train without the files in the --data folder that cannot be read')
    .addOption(
      choice('--on-missing <what>', 'action for labels without a vector', ['error', 'skip'], 'error'),
    )
    .option('--allow-equal-targets', 'hold out a label even if a seen label has the same vector')
    .addOption(backendOption('compute backend (default: native if it was built)'))
    .option('--threads <n>', 'threads per step (default: cores divided by workers)', whole(1))
    .option('--workers <n>', 'folds in parallel (default: one per core)', whole(1))
    .option('--out <dir>', 'the run directory (default: a new one under runs/)')
    .option('--resume <dir>', 'resume a stopped run')
    .option('--dry-run', 'measure for up to 3 s what the run would take, print it, and stop')
    .option('--allow-drift', 'resume on another backend, instruction set or build')
    .option('--retry', 'train failed folds again (default: skip them)')
    .addOption(jsonOption())
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

/** Flags that set one value of the training configuration, with the name of that value. */
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
  patience: 'patience',
  keepBest: 'keepBest',
  validationShare: 'validationShare',
} as const satisfies Partial<Record<keyof TrainingFlags, keyof TrainConfig>>;
const CONFIG = Object.entries(CONFIG_FLAGS) as [keyof typeof CONFIG_FLAGS, keyof TrainConfig][];
/** Flags that set the value of the same name in the augmentation. */
export const AUGMENT_FLAGS = [
  'crop',
  'flip',
  'cutout',
  'cutmix',
] as const satisfies readonly (keyof AugmentConfig)[];

/** The values of the preset that the flags change. */
export function trainChanges(flags: TrainingFlags): Partial<TrainConfig> {
  const preset = PRESETS[flags.preset as keyof typeof PRESETS]?.augment;
  // Without --no-flip commander reports true, so true must not override the preset.
  const changes = AUGMENT_FLAGS.filter((name) => flags[name] !== undefined && flags[name] !== true);
  return {
    ...Object.fromEntries(CONFIG.map(([flag, key]) => [key, flags[flag]])),
    augment: preset && { ...preset, ...Object.fromEntries(changes.map((name) => [name, flags[name]])) },
  };
}
