/** An experiment ready to run, from options: data, label vectors, network and folds. */

import { basename } from 'node:path';
import { type Dataset, type FolderReading, openDataset } from '../data/index.js';
import { type BackendChoice, type BackendName, engineInfo } from '../engine/index.js';
import { buildNetwork, type Network } from '../nn/index.js';
import {
  type ControlName,
  controlName,
  controlOf,
  controlVectors,
  type EngineId,
  engineId,
  FORMAT_VERSION,
  type Fold,
  headsOf,
  LABEL_WEIGHT,
  type PresetName,
  pickTrainConfig,
  preset,
  recipeLoss,
  recipeName,
  type TrainConfig,
  widthOf,
} from '../train/index.js';
import { UsageError } from '../util/errors.js';
import { VERSION } from '../util/version.js';
import { labelVectors, openWords, type Repair } from '../words/index.js';
import { type SmallerBatch, smallerBatch } from './batch.js';
import { protocolFolds, singleFold } from './protocols.js';
import type { RunFile } from './run-file.js';
import { classIndices, type Selection, selectFolds } from './selection.js';
import { keepClasses } from './subset.js';
import { checkTargets, targetFaults, targetWarnings } from './target-faults.js';

export interface ExperimentOptions {
  /** As {@link openDataset} takes it: "shapes", a published data set or a folder. */
  readonly data: string;
  /** A file, "glove", "glove:50" or "shapes". */
  readonly words: string;
  /** Where data and words are looked for first. */
  readonly dataDir?: string;
  /** A file that gives each class a superclass; default the data set's own. */
  readonly superclasses?: string;
  /** Height and width of the images in pixels; default the data set's own. */
  readonly size?: number;
  readonly net: string;
  /** Channel and block multipliers; default 1. */
  readonly width?: number;
  readonly depth?: number;
  /** Dropout before the last layer; default the network's own. */
  readonly dropout?: number;
  readonly recipe: string;
  /** One thing taken away, such as the words' meaning; absent: the real experiment. */
  readonly control?: string;
  readonly preset: string;
  /** "loo", "one-per-superclass", "holdout:m", or "single" with `holdout`. */
  readonly protocol: string;
  /** For "single": the labels to hold out together. */
  readonly holdout?: readonly string[];
  readonly selection?: Selection;
  readonly seed: number;
  readonly epochs: number;
  /** What differs from the preset. */
  readonly train?: Partial<TrainConfig>;
  /** Label or word -> the word to look up instead. */
  readonly aliases?: Readonly<Record<string, string>>;
  readonly onMissing?: 'error' | 'skip';
  /** Refuse word vectors with faults that are repaired otherwise. */
  readonly strict?: boolean;
  /** Read word vectors that were cut short as far as they go. */
  readonly allowShort?: boolean;
  /** Bytes of memory that word vectors may take. Default half of what there is. */
  readonly maxMemory?: number;
  /** Run folds that hold out one of several labels of one vector and train on another. */
  readonly allowEqualTargets?: boolean;
  readonly backend?: BackendChoice;
  /** Trains without the files of a folder that cannot be read, and records them. */
  readonly skipBroken?: boolean;
  /** What runs the experiment, for the record: the command as typed. Default: the name of the running program. */
  readonly command?: string;
}

export interface Experiment {
  readonly run: RunFile;
  readonly dataset: Dataset;
  /** Raw vectors in class order, float32 [classes, dimension]; a control's own, where it has some. */
  readonly vectors: Float32Array;
  /** The words' own vectors, where a control trains towards others. */
  readonly wordVectors?: Float32Array;
  readonly network: Network;
  readonly config: TrainConfig;
  readonly folds: readonly Fold[];
  /** What `auto` came to. */
  readonly backend: BackendName;
  /** What computes in this call: another engine than the run's where drift was allowed. */
  readonly engine: EngineId;
  /** Why `auto` did not come to native. */
  readonly skippedNative?: string;
  /** The batch that took the preset's place because a fold has fewer images than that. */
  readonly smallerBatch?: SmallerBatch;
  /** Labels that were left out because they have no vector (`--on-missing skip`). */
  readonly skipped: readonly string[];
  /** What was mended while the word vectors were read. */
  readonly repairs: readonly Repair[];
  /** What is wrong with the label vectors, in words. */
  readonly warnings: readonly string[];
  /** What a folder of images holds beside them. */
  readonly reading?: FolderReading;
}

/**
 * Opens everything that an experiment needs and fixes its record (run.json).
 * @throws LexelError for data or words that are not there, UsageError for options that make no sense together
 */
export async function prepareExperiment(options: ExperimentOptions): Promise<Experiment> {
  const control = options.control === undefined ? undefined : controlName(options.control);
  const asked = trainConfig(options, control);
  const { width = 1, depth = 1, dropout } = options;
  // Refuses a wrong name or multiplier before the data are read.
  buildNetwork(options.net, { outputs: 1, size: options.size, width, depth, dropout });
  const { skipBroken = false } = options;
  const opened = await openDataset(options.data, {
    dataDir: options.dataDir,
    size: options.size,
    skipBroken,
    superclasses: options.superclasses,
  });
  const words = await openWords(options.words, options);
  const labels = labelVectors(words, opened.classes, {
    aliases: options.aliases,
    onMissing: options.onMissing,
  });
  const skipped = new Set(labels.skipped);
  const dataset = keepClasses(
    opened,
    opened.classes.flatMap((label, c) => (skipped.has(label) ? [] : [c])),
  );
  const size = dataset.train.size;
  const outputs = widthOf(headsOf(asked.loss, words.dimension, dataset.classes.length));
  const network = buildNetwork(options.net, { outputs, size, width, depth, dropout });
  const { all, folds } = plannedFolds(options, dataset);
  for (const { id, heldOut } of folds) {
    if (dataset.classes.length - heldOut.length < 2) {
      throw new UsageError(
        `fold ${id} leaves fewer than two of ${dataset.classes.length} classes to train on`,
      );
    }
  }
  const smaller = smallerBatch(dataset, all, asked, options.train?.batch !== undefined);
  const config = smaller ? { ...asked, batch: smaller.batch } : asked;
  const vectors = controlVectors(control, labels.vectors, words.dimension, options.seed);
  const faults = targetFaults(options.recipe, config.loss, vectors, words.dimension);
  if (!options.allowEqualTargets) {
    const changed = vectors !== labels.vectors;
    const own = changed && targetFaults(options.recipe, config.loss, labels.vectors, words.dimension);
    checkTargets(faults, folds, dataset.classes, own || faults);
  }
  const labelsOf = (classes: readonly number[]) => classes.map((c) => dataset.classes[c]);
  const info = await engineInfo(options.backend);
  const run: RunFile = {
    format: 'lexel-run',
    version: FORMAT_VERSION,
    created: new Date().toISOString(),
    lexel: VERSION,
    node: process.version,
    cpu: info.cpu,
    ...engineId(info),
    command: options.command ?? basename(process.argv[1] ?? 'node'),
    protocol: options.protocol,
    seed: options.seed,
    recipe: options.recipe,
    ...(control && { control }),
    preset: options.preset,
    normalisation: 'fold',
    config: {
      data: options.data,
      words: options.words,
      wordsDimension: words.dimension,
      size,
      net: options.net,
      width,
      depth,
      dropout: dropout ?? null,
      ...config,
      augment: { ...config.augment },
    },
    dataset: {
      name: dataset.name,
      hash: dataset.hash,
      orderedHash: dataset.orderedHash,
      size,
      classes: [...dataset.classes],
      superclasses: [...dataset.superclasses],
      superclassOf: [...dataset.superclassOf],
      ...(opened.superclassFile && { superclassFile: { ...opened.superclassFile } }),
      trainCount: dataset.train.count,
      testCount: dataset.test.count,
      ...(skipBroken && { skipped: (opened.reading?.broken ?? []).map((file) => ({ ...file })) }),
    },
    words: {
      source: words.source,
      checksum: words.checksum,
      dimension: words.dimension,
      labels: labels.sources.map(({ label, words, via }) => ({ label, words: [...words], via })),
      ...(words.repairs.length > 0 && { repaired: words.repairs.map((repair) => ({ ...repair })) }),
      ...(faults.equal.length > 0 && { equal: faults.equal.map(labelsOf) }),
      ...(faults.zero.length > 0 && { zero: labelsOf(faults.zero) }),
    },
    folds: folds.map(({ id, heldOut }) => ({ id, heldOut: [...heldOut] })),
  };
  return {
    run,
    dataset,
    vectors,
    ...(vectors !== labels.vectors && { wordVectors: labels.vectors }),
    network,
    config,
    folds,
    backend: info.backend,
    engine: engineId(info),
    skippedNative: info.skippedNative,
    ...(smaller && { smallerBatch: smaller }),
    skipped: labels.skipped,
    repairs: words.repairs,
    warnings: targetWarnings(faults, run),
    reading: opened.reading,
  };
}

/** All folds of the protocol, and those that the options select. */
function plannedFolds({ protocol, holdout = [], selection = {}, seed }: ExperimentOptions, dataset: Dataset) {
  const { classes } = dataset;
  if (protocol === 'single') {
    const all = [singleFold(classes, classIndices(holdout, classes))];
    return { all, folds: all };
  }
  const all = protocolFolds(protocol, dataset, seed);
  return { all, folds: selectFolds(all, selection, classes) };
}

/** @throws UsageError for a loss that the control leaves no place for, or a weight that it does not have */
function lossOf(
  { recipe, train }: ExperimentOptions,
  control: ControlName | undefined,
): Pick<TrainConfig, 'loss' | 'labelWeight'> {
  const own = recipeLoss(recipeName(recipe));
  const ranking = train?.ranking !== undefined;
  const { labelWeight } = train ?? {};
  if (labelWeight !== undefined && (own !== 'joint' || ranking)) {
    throw new UsageError(
      `--label-weight weighs the second head's loss, and recipe ${recipe}${ranking ? ' with --ranking' : ''} has one head`,
      'leave it out, or train with --recipe joint',
    );
  }
  if (!controlOf(control).classifier) {
    if (ranking) return { loss: 'ranking' };
    return own === 'joint' ? { loss: own, labelWeight: LABEL_WEIGHT } : { loss: own };
  }
  if (recipe !== 'poster' || ranking) {
    throw new UsageError(
      `--control ${control} trains a classifier, with no words and a loss of its own`,
      'leave --recipe and --ranking out',
    );
  }
  return { loss: 'softmax' };
}

/**
 * Preset, recipe and what the user changed, as one configuration.
 * @throws UsageError for parts that make no sense together, before anything is read or written
 */
function trainConfig(options: ExperimentOptions, control: ControlName | undefined): TrainConfig {
  const chosen = preset(options.preset as PresetName);
  const changes = Object.fromEntries(
    Object.entries(options.train ?? {}).filter(([, value]) => value !== undefined),
  ) as Partial<TrainConfig>;
  const loss = lossOf(options, control);
  const config = pickTrainConfig({
    limit: null,
    ema: 0,
    balanced: false,
    init: 'default',
    // A loo fold's seen images are nearly the whole test set, a hundred times over.
    keepOutputs: options.protocol === 'loo' ? 'held-out' : 'seen',
    ...chosen,
    ...loss,
    epochs: options.epochs,
    ...changes,
  });
  if (config.limit !== null && config.limit < config.batch) {
    throw new UsageError(
      `--limit ${config.limit} leaves fewer images than one batch of ${config.batch}`,
      'give a smaller --batch or a larger --limit',
    );
  }
  const { protocol } = options;
  if (config.keepOutputs === 'held-out' && protocol !== 'loo' && protocol !== 'single') {
    throw new UsageError(
      `--keep-outputs held-out: ${protocol} always keeps the seen images' outputs too`,
      'its later analyses need them; leave --keep-outputs out',
    );
  }
  return config;
}
