/**
 * Loads a run directory for the statistics: for each finished fold its outputs, split by held-out class, or
 * the record that replaces them, and the mean vector of the fold's seen classes.
 */
import { join } from 'node:path';
import { type FoldOutputs, readFoldOutputs } from '../crossval/fold-outputs.js';
import { type FoldRecord, type Run, readRun } from '../crossval/run-file.js';
import { checkNoFolderOfRuns } from '../crossval/runs.js';
import { fromHalf } from '../formats/index.js';
import { ownReading, READING_NAMES, type ReadingName, readingName } from '../readings/index.js';
import { type RecipeName, recipeName, type TargetSpace, targetSpace, widthOf } from '../train/index.js';
import { FormatError, LexelError } from '../util/errors.js';
import { firstNotFinite } from '../util/finite.js';
import { meanRow } from '../util/metrics.js';
import type { FoldMeasures } from './fold-columns.js';
import {
  type FoldReading,
  foldReading,
  type ReadAnswers,
  type RunReading,
  runReading,
} from './fold-reading.js';
import { readFoldRecord } from './fold-record.js';

export interface HeldOutClass {
  /** Class index. */
  readonly index: number;
  /** Number of test images. */
  readonly images: number;
}

/** A fold's outputs, as points of its recipe's space and of its reading. */
export interface FoldAnswers extends ReadAnswers {
  /** Outputs of the held-out classes' test images, [n, dimension] each. */
  readonly heldOut: readonly (HeldOutClass & {
    /** [n]: indices in the data set's test split. */
    readonly ids: Int32Array;
    readonly epoch0: Float32Array;
    readonly epoch1: Float32Array;
    readonly last: Float32Array;
  })[];
  /** float32 [seen, dimension]: mean output over each seen class's test images, last epoch. */
  readonly seenMeans: Float32Array;
}

export interface FoldData {
  readonly record: FoldRecord;
  /** The recipe's target space of this fold, with the statistics of its own seen classes. */
  readonly space: TargetSpace;
  /** float64 [dimension]: `space.mean` unrounded, the unweighted mean of the seen classes' targets. */
  readonly mu: Float64Array;
  readonly heldOut: readonly HeldOutClass[];
  /** The reading that ranks and cosines are measured by; losses are measured in `space`. */
  readonly reading: FoldReading;
  /** Indices of the classes in the training set. */
  readonly seen: Int32Array;
  /** Superclass of each label; empty if there are none. */
  readonly superclassOf: readonly number[];
  /** null if only a record exists. */
  readonly answers: FoldAnswers | null;
  /** From the record; null if the outputs exist and can be measured. */
  readonly measures: FoldMeasures | null;
}

export interface RunData {
  readonly run: Run;
  readonly dimension: number;
  readonly reading: RunReading;
  /** Finished folds, in run.json's order. */
  readonly folds: readonly FoldData[];
  /** Finished folds that cannot be used, with the reason. They are excluded from every number. */
  readonly unusable: readonly { readonly id: string; readonly reason: string }[];
}

/**
 * Loads one finished fold of a run, or returns the reason why it cannot be used.
 * @throws FormatError if a file is damaged
 */
export function loadFold(run: Run, record: FoldRecord, reading?: string): FoldData | string {
  return record.kept === 'record' ? loadRecord(run, record, reading) : loadOutputs(run, record, reading);
}

/**
 * Loads a run with the outputs or records of its finished folds. A fold whose training diverged (outputs that
 * are not finite) is listed as unusable, because it would turn every mean into NaN.
 * @param reading the reading that ranks and cosines are measured by (`--reading`); default: the network's own
 * @throws LexelError if no fold has finished; UsageError for an unknown reading, or for a folder of runs,
 * which are listed; FormatError if a file is damaged or the network does not support the reading
 */
export function loadRun(dir: string, reading?: string): RunData {
  checkNoFolderOfRuns(dir, 'analyse');
  const run = readRun(dir);
  const dimension = run.run.words.dimension;
  const folds: FoldData[] = [];
  const unusable: { id: string; reason: string }[] = [];
  for (const record of run.folds) {
    if (!record.finished) continue;
    const fold = loadFold(run, record, reading);
    if (typeof fold === 'string') unusable.push({ id: record.id, reason: fold });
    else folds.push(fold);
  }
  if (folds.length === 0) {
    throw new LexelError(
      unusable.length > 0
        ? `${dir}: no usable fold; ${unusable.map((u) => `${u.id}: ${u.reason}`).join('; ')}`
        : `${dir}: none of its ${run.folds.length} folds has finished yet`,
      unusable.length > 0 ? 'Train again with a lower learning rate.' : 'Continue with `lexel loo --resume`.',
    );
  }
  return { run, dimension, reading: runReading(folds[0]), folds, unusable };
}

/** The readings that the run's first finished fold supports. */
export function supportedReadings({ run, folds: [{ record }] }: RunData): ReadingName[] {
  return (Object.keys(READING_NAMES) as ReadingName[]).filter((name) => {
    try {
      return typeof loadFold(run, record, name) !== 'string';
    } catch (error) {
      if (error instanceof FormatError) return false;
      throw error;
    }
  });
}

/**
 * The outputs of a fold's images.
 * @throws LexelError if only a record exists
 */
export function answersOf({ record, answers }: FoldData): FoldAnswers {
  if (answers) return answers;
  throw new LexelError(
    `${record.files.record} contains measurements of fold ${record.id}, but this needs the outputs of its images`,
    'Use the run directory with the outputs, or train the fold again.',
  );
}

function loadOutputs(run: Run, record: FoldRecord, reading: string | undefined): FoldData | string {
  const file = record.files.outputs;
  const outputs = readFoldOutputs(file);
  checkSameRun(file, outputs, run, record);
  const { words, dataset } = run.run;
  const d = words.dimension;
  const space = spaceOf(run, record);
  const width = widthOf(space.heads);
  if (outputs.dimension !== width) {
    const { vector, classes } = space.heads;
    const needed = [vector && `the word vectors have ${vector}`, classes && `the run has ${classes} classes`];
    throw new FormatError(
      file,
      `outputs have ${outputs.dimension} dimensions, ${needed.filter(Boolean).join(', ')}`,
    );
  }
  const { ids, labels, epoch0, epoch1, last } = outputs.heldOut;
  const { trainMeans = [], trainCovariance = [], heldOut: features = [] } = outputs.features ?? {};
  for (const [name, values] of Object.entries({
    ...{ epoch0, epoch1, last, 'seen means': outputs.seen.means },
    ...{ features, 'class means of features': trainMeans, 'covariance of features': trainCovariance },
  })) {
    if (firstNotFinite(values) >= 0) return `training diverged (${name} holds values that are not finite)`;
  }

  const rowsOf = new Map<number, number[]>(record.heldOut.map((c) => [c, []]));
  for (const [i, label] of labels.entries()) {
    const rows = rowsOf.get(label);
    if (!rows)
      throw new FormatError(
        file,
        `image ${i} has class ${label}, which fold "${record.id}" does not hold out`,
      );
    rows.push(i);
  }
  const pick = (matrix: Float32Array, rows: number[]) => {
    const out = new Float32Array(rows.length * width);
    for (const [to, from] of rows.entries())
      out.set(matrix.subarray(from * width, (from + 1) * width), to * width);
    return space.answers(out);
  };
  const heldOut = record.heldOut.map((index) => {
    const rows = rowsOf.get(index)!;
    if (rows.length === 0) throw new FormatError(file, `contains no image of held-out class ${index}`);
    return {
      index,
      images: rows.length,
      ids: Int32Array.from(rows, (row) => ids[row]),
      epoch0: pick(epoch0, rows),
      epoch1: pick(epoch1, rows),
      last: pick(last, rows),
    };
  });

  const { classes } = outputs.seen;
  const means = space.heads.classes > 0 ? answeredMeans(outputs, space) : outputs.seen.means;
  if (classes.length === 0) throw new FormatError(file, 'lists no seen class');
  for (const c of classes) {
    if (c < 0 || c >= dataset.classes.length) throw new FormatError(file, `seen class ${c} does not exist`);
    if (rowsOf.has(c)) throw new FormatError(file, `class ${c} is both seen and held out`);
  }
  const mu = meanRow(space.targets, d, classes);
  const own = { space, mu, seen: [...classes], heldOut: heldOut.map(({ last: points }) => points) };
  const rows = record.heldOut.map((index) => rowsOf.get(index)!);
  const read = foldReading(reading, file, own, outputs, rows);
  return {
    ...{ record, space, mu, seen: classes, superclassOf: dataset.superclassOf },
    heldOut: heldOut.map(({ index, images }) => ({ index, images })),
    reading: read.reading,
    answers: { ...read.answers, heldOut, seenMeans: means },
    measures: null,
  };
}

/** @throws FormatError for outputs that another fold or experiment has left; what their metadata do not say is not compared */
function checkSameRun(file: string, { metadata }: FoldOutputs, { run }: Run, { id }: FoldRecord): void {
  const own = { fold: id, seed: String(run.seed), recipe: run.recipe, dataset: run.dataset.hash };
  for (const [name, whole] of Object.entries(own)) {
    const found = metadata[name];
    if (found !== undefined && found !== whole)
      throw new FormatError(file, `is of another run or fold: its ${name} is ${found}, not ${whole}`);
  }
}

function loadRecord(run: Run, record: FoldRecord, reading: string | undefined): FoldData {
  const { words, dataset } = run.run;
  const space = spaceOf(run, record);
  const own = ownReading(space);
  const name = readingName(reading, own);
  const { measures, seen, note } = readFoldRecord(run, record, name === own ? undefined : name);
  const mu = meanRow(space.targets, words.dimension, seen);
  return {
    ...{ record, space, mu, seen, superclassOf: dataset.superclassOf },
    heldOut: record.heldOut.map((index, c) => ({ index, images: measures.columns.images![c] })),
    reading: { name, note },
    answers: null,
    measures,
  };
}

/** The own reading of the networks of a run. */
export const ownReadingOf = (run: Run) => ownReading(spaceOf(run, run.folds[0]));

/** @throws FormatError for a recipe that this version does not know */
function spaceOf({ dir, run, targets }: Run, { heldOut }: FoldRecord): TargetSpace {
  const { words, config } = run;
  let recipe: RecipeName;
  try {
    recipe = recipeName(run.recipe);
  } catch (error) {
    if (!(error instanceof LexelError)) throw error;
    throw new FormatError(join(dir, 'run.json'), error.message, error.hint);
  }
  return targetSpace(recipe, targets, words.dimension, heldOut, config.loss);
}

/**
 * Mean outputs of the seen classes for a classifier read by ConSE: the means over the images, if their
 * outputs were kept; otherwise the reading of the class's mean output, which is nearly the same.
 */
function answeredMeans({ seen, seenImages }: FoldOutputs, space: TargetSpace): Float32Array {
  if (!seenImages) return space.answers(seen.means);
  const answers = space.answers(fromHalf(seenImages.outputs));
  const d = space.dimension;
  const means = new Float32Array(seen.classes.length * d);
  for (const [i, c] of seen.classes.entries()) {
    const rows = [...seenImages.labels.keys()].filter((row) => seenImages.labels[row] === c);
    if (rows.length > 0) means.set(meanRow(answers, d, rows), i * d);
  }
  return means;
}
