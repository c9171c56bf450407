/**
 * Measures analogy questions on trained models: opens models, images and questions, and computes the scores.
 */

import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { readRun } from '../crossval/run-file.js';
import { type Dataset, type FolderReading, openDataset } from '../data/index.js';
import type { BackendChoice } from '../engine/index.js';
import { FORMAT_VERSION, loadModel, type Model, modelAnswers } from '../train/index.js';
import { classImages } from '../train/predict.js';
import { LexelError } from '../util/errors.js';
import { shellWord } from '../util/shell.js';
import type { AnalogyMethod } from '../words/index.js';
import { type AnalogyGroup, type AnalogyTrial, summariseAnalogies } from './analogy-summary.js';
import { candidatesOf } from './candidates.js';
import { type AnalogyMeasures, type ImageAnalogyOptions, scoreAnalogies } from './image-analogies.js';
import { type LabelQuestions, readLabelQuestions, shippedQuestions } from './label-questions.js';
import { BUNDLED_MODEL, checkNotRecords, findModel } from './open-model.js';
import { testOutputs } from './test-outputs.js';

export interface MeasureAnalogiesOptions extends ImageAnalogyOptions {
  /** A model file, or a run directory, whose finished folds are all measured. Default: the bundled model. */
  readonly model?: string;
  /** A file of questions over labels. Default: the one that ships with Lexel for the model's data set. */
  readonly questions?: string;
  /** The data set of the test images. Default: the one that the model was trained on. */
  readonly data?: string;
  readonly dataDir?: string;
  readonly backend?: BackendChoice;
  /** Aborts between models. */
  readonly signal?: AbortSignal;
  /** Called after each model, with the number of finished models. */
  readonly onModel?: (done: number, total: number) => void;
  /** Called once with what the user should know of the models' files. */
  readonly onWarning?: (message: string) => void;
}

/** `broken` and `passedOver` are present if the images come from a folder. */
export interface AnalogyReport extends Partial<FolderReading> {
  readonly format: 'lexel-analogies';
  readonly version: typeof FORMAT_VERSION;
  /** The question file as given; Lexel's own file relative to the package. */
  readonly file: string;
  readonly sections: readonly string[];
  /** The questions measured; `labels` are a, b, c and d. */
  readonly questions: readonly {
    readonly section: string;
    readonly line: number;
    readonly labels: readonly string[];
  }[];
  readonly models: readonly {
    readonly file: string;
    readonly fold: string;
    readonly heldOut: readonly string[];
  }[];
  /** Folds of the run that have no model yet. */
  readonly unfinished: readonly string[];
  readonly dataset: string;
  /** Whether the images are exactly those of the model's data set. */
  readonly sameImages: boolean;
  readonly recipe: string;
  /** Number of labels whose word has a direction. */
  readonly labels: number;
  /**
   * Number of questions left out because one of their labels has a zero word vector, which has no direction.
   */
  readonly leftOut: number;
  readonly method: AnalogyMethod;
  readonly draws: number;
  readonly seed: number;
  /** Expected values of random answers. */
  readonly chance: AnalogyMeasures;
  readonly groups: readonly AnalogyGroup[];
  readonly trials: readonly AnalogyTrial[];
}

/**
 * Measures image analogies. For a run directory, every question is measured on every fold. If a fold held out
 * the question's d, the question counts as `d unseen` there.
 *
 * @throws UsageError if there is no such model, or no questions for its data set; FormatError for a damaged
 * file; LexelError if the images are not found or lack a label; the reason of `signal` if it is aborted
 * @example
 * const { groups } = await measureAnalogies({ model: 'runs/rotations', draws: 100 });
 * const unseen = groups.find(({ group }) => group === 'd unseen');
 * unseen?.forms.images.answers.arithmetic.hit5; // { mean, low, high }
 */
export async function measureAnalogies(options: MeasureAnalogiesOptions = {}): Promise<AnalogyReport> {
  const { draws = 200, seed = 0, method = '3cosadd', signal } = options;
  signal?.throwIfAborted();
  const { files, unfinished } = modelFiles(options.model ?? BUNDLED_MODEL);
  const warnings: string[] = [];
  const load = (path: string) => loadModel(path, { onWarning: (message) => warnings.push(message) });
  const first = load(files[0]);
  const { name, hash } = first.dataset;
  const file = options.questions ?? shippedQuestions(name);
  const { directionless } = candidatesOf(first);
  const { asked, leftOut } = withDirection(readLabelQuestions(file, first.labels, name), directionless);
  const dataset = await openDataset(options.data ?? name, {
    dataDir: options.dataDir,
    size: first.network.size,
    skipBroken: true,
    signal,
  });
  const images = testImages(dataset, first.labels, asked);
  const models: AnalogyReport['models'][number][] = [];
  const trials: AnalogyTrial[] = [];
  for (const [row, path] of files.entries()) {
    signal?.throwIfAborted();
    const model = row === 0 ? first : load(path);
    checkAlike(path, model, first);
    const outputs = modelAnswers(
      model,
      await testOutputs(model.network, model, dataset, images.ids, options.backend),
    );
    const { vectors, seenMean } = model;
    const space = { vectors, directionless, seenMean, outputs, labels: images.labels };
    const scores = scoreAnalogies(space, asked.questions, { draws, seed, method });
    const heldOut = new Set(model.heldOut);
    for (const [question, { labels }] of asked.questions.entries()) {
      const unseen = (['a', 'b', 'c', 'd'] as const).filter((_, i) => heldOut.has(model.labels[labels[i]]));
      trials.push({ question, model: row, unseen, scores: scores[question] });
    }
    models.push({ file: path, fold: model.training.fold, heldOut: model.heldOut });
    options.onModel?.(row + 1, files.length);
  }
  if (warnings.length > 0) options.onWarning?.(warnings[0] + alike(warnings.length - 1));
  const candidates = first.labels.length - directionless.size - 3;
  return {
    format: 'lexel-analogies',
    version: FORMAT_VERSION,
    file: options.questions ?? `assets/analogies/${basename(file)}`,
    sections: asked.sections,
    questions: asked.questions.map(({ section, line, labels }) => ({
      section: asked.sections[section],
      line,
      labels: labels.map((c) => first.labels[c]),
    })),
    models,
    unfinished,
    dataset: dataset.name,
    sameImages: dataset.hash === hash,
    ...dataset.reading,
    recipe: first.recipe,
    labels: first.labels.length - directionless.size,
    leftOut,
    method,
    draws,
    seed,
    chance: { hit1: 1 / candidates, hit5: Math.min(1, 5 / candidates), rank: (candidates + 1) / 2 },
    groups: summariseAnalogies(
      trials,
      asked.questions.map(({ section }) => section),
      asked.sections,
      seed,
    ),
    trials,
  };
}

/** @throws LexelError if every question has a label without a direction */
function withDirection(
  asked: LabelQuestions,
  directionless: ReadonlySet<number>,
): { asked: LabelQuestions; leftOut: number } {
  const questions = asked.questions.filter(({ labels }) => !labels.some((c) => directionless.has(c)));
  if (questions.length > 0)
    return { asked: { ...asked, questions }, leftOut: asked.questions.length - questions.length };
  throw new LexelError(
    `${asked.file}: every question has a label whose word vector is zero and has no direction`,
  );
}

/** The model files at a path: those of all finished folds if it is a run, else the model itself. */
function modelFiles(path: string): { files: string[]; unfinished: string[] } {
  if (!existsSync(join(path, 'run.json'))) return { files: [findModel(path)], unfinished: [] };
  const { folds } = readRun(path);
  const finished = folds.filter((fold) => fold.finished && existsSync(fold.files.model));
  const unfinished = folds.filter((fold) => !finished.includes(fold)).map(({ id }) => id);
  if (finished.length > 0) return { files: finished.map((fold) => fold.files.model), unfinished };
  checkNotRecords(path);
  throw new LexelError(
    `--model ${path}: none of its ${folds.length} folds has finished yet`,
    `Finish the run: \`lexel loo --resume ${shellWord(path)}\` continues it.`,
  );
}

/** The folds of one run can share questions only if their labels are the same, in the same order. */
function checkAlike(file: string, model: Model, first: Model): void {
  if (model.labels.join('\n') === first.labels.join('\n') && model.network.size === first.network.size)
    return;
  throw new LexelError(`${file}: its labels or image size differ from the run's first model`);
}

/** Test images of all labels used by questions, with their label indices. */
function testImages(
  dataset: Dataset,
  labels: readonly string[],
  { questions }: LabelQuestions,
): { ids: Int32Array; labels: Int32Array } {
  // d needs no image.
  const asked = [...new Set(questions.flatMap((question) => question.labels.slice(0, 3)))];
  const labelOf = new Map<number, number>();
  for (const label of asked) {
    const row = dataset.classes.indexOf(labels[label]);
    if (row < 0) {
      throw new LexelError(
        `${dataset.name} has no class "${labels[label]}", which is a label of the model and occurs in a question`,
        'Give the data set that the model was trained on with --data.',
      );
    }
    labelOf.set(row, label);
  }
  const { ids, labels: classes } = classImages(dataset.test, [...labelOf.keys()]);
  const found = classes.map((c) => labelOf.get(c)!);
  const there = new Set(found);
  for (const label of asked) {
    if (!there.has(label)) throw new LexelError(`${dataset.name} has no test image of "${labels[label]}"`);
  }
  return { ids, labels: found };
}

const alike = (count: number) => (count === 0 ? '' : ` The same holds of ${count} more.`);
