/** Prepares an experiment from options: data, label vectors, network and folds. */

import { basename } from 'node:path';
import { type Dataset, type FolderReading, openDataset } from '../data/index.js';
import { type BackendChoice, type BackendName, engineInfo } from '../engine/index.js';
import { buildNetwork, type Network } from '../nn/index.js';
import {
  type ControlName,
  composeConfig,
  controlName,
  controlOf,
  controlVectors,
  type EngineId,
  engineId,
  FORMAT_VERSION,
  type Fold,
  headsOf,
  preset,
  recipeLoss,
  recipeLossConfig,
  recipeName,
  type TrainConfig,
  widthOf,
} from '../train/index.js';
import { UsageError } from '../util/errors.js';
import { VERSION } from '../util/version.js';
import { labelVectors, openWords, type Repair } from '../words/index.js';
import { type SmallerBatch, smallerBatch } from './batch.js';
import { protocolFolds, singleFold } from './protocols.js';
import { Protocol, type RunFile } from './run-file.js';
import { classIndices, type Selection, selectFolds } from './selection.js';
import { keepClasses } from './subset.js';
import { checkTargets, targetFaults, targetWarnings } from './target-faults.js';

export interface ExperimentOptions {
  /** "shapes", the name of a published data set, or a folder; see {@link openDataset}. */
  readonly data: string;
  /** A file, "glove", "glove:50", "pack" or "shapes". */
  readonly words: string;
  /** The directory that is searched first for data and words. */
  readonly dataDir?: string;
  /** A file with the superclass of each class; default the data set's superclasses. */
  readonly superclasses?: string;
  /** Height and width of the images in pixels; default the data set's. */
  readonly size?: number;
  readonly net: string;
  /** Channel and block multipliers; default 1. */
  readonly width?: number;
  readonly depth?: number;
  /** Dropout rate before the last layer; default the network's. */
  readonly dropout?: number;
  readonly recipe: string;
  /** A control, which removes one component such as the meaning of words; absent for the real experiment. */
  readonly control?: string;
  readonly preset: string;
  /** "loo", "one-per-superclass", "holdout:m", or "single" with `holdout`. */
  readonly protocol: string;
  /** The labels to hold out together; only for "single". */
  readonly holdout?: readonly string[];
  readonly selection?: Selection;
  readonly seed: number;
  readonly epochs: number;
  /** Settings that override the preset. */
  readonly train?: Partial<TrainConfig>;
  /** Maps a label or word to the word to look up instead. */
  readonly aliases?: Readonly<Record<string, string>>;
  readonly onMissing?: 'error' | 'skip';
  /** Rejects word vectors with defects that are repaired by default. */
  readonly strict?: boolean;
  /** Accepts truncated files of word vectors and reads the complete part. */
  readonly allowShort?: boolean;
  /** Limit of the memory for word vectors, in bytes. Default half of the machine's memory. */
  readonly maxMemory?: number;
  /** Runs folds that hold out a label and train on another label with the same vector. */
  readonly allowEqualTargets?: boolean;
  /** Aborts the preparation. Nothing is written by it. */
  readonly signal?: AbortSignal;
  readonly backend?: BackendChoice;
  /** Skips image files that cannot be read, and records them. */
  readonly skipBroken?: boolean;
  /** The command as typed, stored in run.json. Default: the name of the running program. */
  readonly command?: string;
}

export interface Experiment {
  readonly run: RunFile;
  readonly dataset: Dataset;
  /** Raw vectors in class order, float32 [classes, dimension]; those of the control, if it replaces them. */
  readonly vectors: Float32Array;
  /** The words' original vectors, if a control replaces them. */
  readonly wordVectors?: Float32Array;
  readonly network: Network;
  readonly config: TrainConfig;
  readonly folds: readonly Fold[];
  /** The backend in use; `auto` is resolved. */
  readonly backend: BackendName;
  /** The engine of this call; it differs from the run's if drift was allowed. */
  readonly engine: EngineId;
  /** Why `auto` did not choose the native backend. */
  readonly skippedNative?: string;
  /** The batch size used instead of the preset's, if some fold has fewer images than one batch of the preset. */
  readonly smallerBatch?: SmallerBatch;
  /** Labels that were skipped because they have no vector (`--on-missing skip`). */
  readonly skipped: readonly string[];
  /** Repairs made while the word vectors were read. */
  readonly repairs: readonly Repair[];
  /** Warnings about the label vectors. */
  readonly warnings: readonly string[];
  /** Other files found in a folder of images. */
  readonly reading?: FolderReading;
}

/**
 * Opens the data and words of an experiment, builds its network and folds, and creates the content of run.json.
 * @throws LexelError if data or words are missing, UsageError for contradictory options, the reason of `signal` if it is
 *   aborted
 */
export async function prepareExperiment(options: ExperimentOptions): Promise<Experiment> {
  const { signal } = options;
  signal?.throwIfAborted();
  const { control, asked } = checkExperimentOptions(options);
  const { width = 1, depth = 1, dropout } = options;
  const { skipBroken = false } = options;
  const opened = await openDataset(options.data, {
    dataDir: options.dataDir,
    size: options.size,
    skipBroken,
    superclasses: options.superclasses,
    signal,
  });
  signal?.throwIfAborted();
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
  const smaller = smallerBatch(dataset, all, asked, options.seed, options.train?.batch !== undefined);
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
  signal?.throwIfAborted();
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
      count: words.count,
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

/**
 * Checks what can be checked before the data are read: protocol, network, recipe, control and settings.
 * @throws UsageError for an unknown name or an unfit value
 */
export function checkExperimentOptions(options: ExperimentOptions) {
  const control = options.control === undefined ? undefined : controlName(options.control);
  const asked = trainConfig(options, control);
  const { width = 1, depth = 1, dropout, protocol, seed } = options;
  buildNetwork(options.net, { outputs: 1, size: options.size, width, depth, dropout });
  // The names of protocols do not depend on the classes.
  if (protocol !== 'single' && !Protocol.safeParse(protocol).success)
    protocolFolds(protocol, ANY_CLASSES, seed);
  return { control, asked };
}

const ANY_CLASSES = { classes: [], superclasses: [], superclassOf: [] };

/** All folds of the protocol, and the folds selected by the options. */
function plannedFolds({ protocol, holdout = [], selection = {}, seed }: ExperimentOptions, dataset: Dataset) {
  const { classes } = dataset;
  if (protocol === 'single') {
    const all = [singleFold(classes, classIndices(holdout, classes))];
    return { all, folds: all };
  }
  const all = protocolFolds(protocol, dataset, seed);
  return { all, folds: selectFolds(all, selection, classes) };
}

/** @throws UsageError for a loss or weight that the recipe or control does not use */
function lossOf(
  { train, ...options }: ExperimentOptions,
  control: ControlName | undefined,
): Pick<TrainConfig, 'loss' | 'labelWeight'> {
  const recipe = recipeName(options.recipe);
  const own = recipeLoss(recipe);
  const ranking = train?.ranking !== undefined;
  const { labelWeight } = train ?? {};
  if (labelWeight !== undefined && (own !== 'joint' || ranking)) {
    throw new UsageError(
      `--label-weight is the weight of the second head's loss, but recipe ${recipe}${ranking ? ' with --ranking' : ''} has only one head`,
      'omit it, or train with --recipe joint',
    );
  }
  if (!controlOf(control).classifier) {
    if (ranking) return { loss: 'ranking' };
    return recipeLossConfig(recipe);
  }
  if (recipe !== 'poster' || ranking) {
    throw new UsageError(
      `--control ${control} trains a classifier, without words and with a fixed loss`,
      'omit --recipe and --ranking',
    );
  }
  return { loss: 'softmax' };
}

/**
 * Combines preset, recipe and the user's changes to one configuration.
 * @throws UsageError for contradictory settings, before anything is read or written
 */
function trainConfig(options: ExperimentOptions, control: ControlName | undefined): TrainConfig {
  const config = composeConfig(
    {
      ...preset(options.preset),
      ...lossOf(options, control),
      epochs: options.epochs,
      // With `loo`, the seen images of each fold are nearly the whole test set, which would be stored for every fold.
      keepOutputs: options.protocol === 'loo' ? 'held-out' : 'seen',
    },
    options.train,
  );
  if (config.limit !== null && config.limit < config.batch) {
    throw new UsageError(
      `--limit ${config.limit} leaves fewer images than one batch of ${config.batch}`,
      'give a smaller --batch or a larger --limit',
    );
  }
  const { protocol } = options;
  if (config.keepOutputs === 'held-out' && protocol !== 'loo' && protocol !== 'single') {
    throw new UsageError(
      `--keep-outputs held-out: ${protocol} always stores the seen images' outputs too`,
      'later analyses need them; omit --keep-outputs',
    );
  }
  return config;
}
