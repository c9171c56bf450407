/** An experiment ready to run: data, label vectors, network and folds, from options or from a run directory. */

import { BROKEN_NAMED, brokenList, type Dataset, type FolderReading, openDataset } from '../data/index.js';
import { type BackendName, engineInfo, type LossKind } from '../engine/index.js';
import { buildNetwork, type Network } from '../nn/index.js';
import {
  type ControlName,
  controlName,
  controlVectors,
  DriftError,
  drift,
  type EngineId,
  engineId,
  type Fold,
  type PresetName,
  pickTrainConfig,
  preset,
  recipeLoss,
  recipeName,
  type TrainConfig,
} from '../train/index.js';
import { LexelError, UsageError } from '../util/errors.js';
import { VERSION } from '../util/version.js';
import { labelVectors, openWords, type Repair } from '../words/index.js';
import { type SmallerBatch, smallerBatch } from './batch.js';
import { protocolFolds, singleFold } from './protocols.js';
import { normalisationOf, type RunFile, readRun } from './run-file.js';
import { classIndices, type Selection, selectFolds } from './selection.js';
import { keepClasses } from './subset.js';
import { checkTargets, targetFaults, targetWarnings } from './target-faults.js';

export interface ExperimentOptions {
  /** "shapes", "cifar-100", "cifar-10" or a folder. */
  readonly data: string;
  /** A file, "glove", "glove:50" or "shapes". */
  readonly words: string;
  /** Where data and words are looked for first. */
  readonly dataDir?: string;
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
  /** Run folds that hold out one of several labels of one vector and train on another. */
  readonly allowEqualTargets?: boolean;
  readonly backend?: BackendName | 'auto';
  /** Trains without the files of a folder that cannot be read, and records them. */
  readonly skipBroken?: boolean;
  /** The command as typed, for the record. */
  readonly command: string;
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
  readonly engine: Required<EngineId>;
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
  const outputs = networkOutputs(control, dataset, words.dimension);
  const network = buildNetwork(options.net, { outputs, size, width, depth, dropout });
  const all =
    options.protocol === 'single'
      ? [singleFold(dataset.classes, classIndices(options.holdout ?? [], dataset.classes))]
      : protocolFolds(options.protocol, dataset, options.seed);
  const folds =
    options.protocol === 'single' ? all : selectFolds(all, options.selection ?? {}, dataset.classes);
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
    const own = targetFaults(options.recipe, config.loss, labels.vectors, words.dimension);
    checkTargets(faults, folds, dataset.classes, vectors === labels.vectors ? faults : own);
  }
  const labelsOf = (classes: readonly number[]) => classes.map((c) => dataset.classes[c]);
  const info = await engineInfo(options.backend);
  const run: RunFile = {
    format: 'lexel-run',
    version: 1,
    created: new Date().toISOString(),
    lexel: VERSION,
    node: process.version,
    cpu: info.cpu,
    ...engineId(info),
    command: options.command,
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

/**
 * Opens a run directory's experiment again. The vectors come from the directory itself, the images from where they
 * lie now; they must be the same ones.
 * @throws LexelError when the images differ; where a fold is left to train also for another order of them, another
 *   normalisation or, without `allowDrift`, another backend, instruction set or build
 */
export async function reopenExperiment(
  dir: string,
  options: { dataDir?: string; backend?: BackendName | 'auto'; allowDrift?: boolean } = {},
): Promise<Experiment> {
  const { run, targets, folds } = readRun(dir);
  // Where nothing is left to train, nothing can become a mixture.
  const open = folds.some(({ finished }) => !finished);
  const wanted = options.backend ?? (run.backend as BackendName);
  if (open && normalisationOf(run) !== 'fold') {
    throw new LexelError(
      `${dir} was begun by an earlier version, which normalised with the whole data set, held-out images too: its ` +
        'folds would be a mixture',
      `finish it with the version that began it (lexel ${run.lexel}), or begin another run with --out`,
    );
  }
  const info = await engineInfo(wanted);
  const other = drift(run, engineId(info));
  if (open && other && !options.allowDrift) {
    throw new DriftError(
      `${dir} was begun on ${other}: the result would not be the same bits`,
      'go on with the same backend and build on the same kind of machine, or accept it with --allow-drift',
    );
  }
  const { config } = run;
  // What cannot be read is left out here: the hash tells whether the run was begun without it too.
  const opened = await openDataset(config.data, {
    dataDir: options.dataDir,
    size: config.size,
    skipBroken: true,
  });
  if (opened.hash !== run.dataset.hash) throw otherImages(dir, run, opened);
  if (open && opened.orderedHash !== run.dataset.orderedHash) {
    throw new LexelError(
      `${config.data}: these are the images that ${dir} was begun with, but in another order, and the order decides ` +
        'what a fold trains on next and what an image id stands for',
      'name the directory that holds them in the order of then with --data-dir, or begin another run with --out',
    );
  }
  const dropout = typeof config.dropout === 'number' ? config.dropout : undefined;
  const { net, width, depth, size } = config;
  const dataset = keepClasses(opened, classIndices(run.dataset.classes, opened.classes));
  const outputs = networkOutputs(run.control, dataset, run.words.dimension);
  return {
    run,
    dataset,
    vectors: targets,
    network: buildNetwork(net, { outputs, size, width, depth, dropout }),
    config: pickTrainConfig({ ...config, schedule: 'cosine' }),
    folds: run.folds,
    backend: info.backend,
    engine: engineId(info),
    skipped: [],
    repairs: [],
    warnings: [],
  };
}

function otherImages(dir: string, { config, dataset }: RunFile, { reading }: Dataset): LexelError {
  const before = new Set(dataset.skipped?.map(({ file }) => file));
  const broken = (reading?.broken ?? []).filter(({ file }) => !before.has(file));
  const problem = `${config.data}: these are not the images that ${dir} was begun with`;
  if (broken.length === 0)
    return new LexelError(problem, 'name the directory that holds them with --data-dir');
  return new LexelError(
    `${problem}; ${brokenList(broken, BROKEN_NAMED)}`,
    'put these back as they were, or start another run with --out',
  );
}

/** A classifier has an output for every class, held-out ones too, so that all folds have the same network. */
function networkOutputs(control: string | undefined, { classes }: Dataset, dimension: number): number {
  return control === 'one-hot' ? classes.length : dimension;
}

/** @throws UsageError for a loss that the control leaves no place for */
function lossOf({ recipe, train }: ExperimentOptions, control: ControlName | undefined): LossKind {
  const own = recipeLoss(recipeName(recipe));
  const ranking = train?.ranking !== undefined;
  if (control !== 'one-hot') return ranking ? 'ranking' : own;
  if (recipe !== 'poster' || ranking) {
    throw new UsageError(
      '--control one-hot trains a classifier, with no words and a loss of its own',
      'leave --recipe and --ranking out',
    );
  }
  return 'softmax';
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
  const config = pickTrainConfig({
    limit: null,
    ema: 0,
    balanced: false,
    init: 'default',
    // A loo fold's seen images are nearly the whole test set, a hundred times over.
    keepOutputs: options.protocol === 'loo' ? 'held-out' : 'seen',
    ...chosen,
    loss: lossOf(options, control),
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
