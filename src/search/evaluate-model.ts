/** Measures a trained model on the test images of a data set: loss, hits and confusions, seen and held-out labels apart. */

import { type Dataset, type FolderReading, openDataset } from '../data/index.js';
import type { BackendChoice } from '../engine/index.js';
import {
  FORMAT_VERSION,
  featureNetwork,
  loadModel,
  type Model,
  modelAnswers,
  modelHeads,
} from '../train/index.js';
import { classImages } from '../train/predict.js';
import { FormatError, LexelError } from '../util/errors.js';
import {
  type Candidates,
  hitAt,
  hitChance,
  meanRank,
  mse,
  placeOf,
  prepareCandidates,
  type Ranks,
  rankOutputs,
  scoreCandidates,
} from '../util/metrics.js';
import { sameName } from '../util/names.js';
import { pickRows } from '../util/pick-rows.js';
import { candidatesOf } from './candidates.js';
import { readingOfModel } from './model-reading.js';
import { BUNDLED_MODEL, findModel } from './open-model.js';
import { testOutputs } from './test-outputs.js';

export interface EvaluateOptions {
  /** A model file, or a run directory with one trained fold. Default: the model that comes with Lexel. */
  readonly model?: string;
  /** The data set, or its name or folder. Default: the one that the model was trained on. */
  readonly data?: string | Dataset;
  readonly dataDir?: string;
  /** The reading for ranks and hits. Default: the best one that the model supports. */
  readonly reading?: string;
  readonly backend?: BackendChoice;
  /** Called with what the user should know of the model's file. */
  readonly onWarning?: (message: string) => void;
}

/** Hits of images among candidates, averaged over the images. */
export interface Hits {
  readonly candidates: number;
  readonly top1: number;
  readonly top5: number;
  /** Mean rank of the true label, from 1. */
  readonly rank: number;
  /** The values of guesses. */
  readonly chance: { readonly top1: number; readonly top5: number; readonly rank: number };
}

/** A part of the labels: those that the network was trained on, or those that were held out. */
export interface EvaluatedPart {
  readonly classes: number;
  readonly images: number;
  /** Mean squared error of the network's own answer, as in the log of a fold; null if it has no vector head. */
  readonly loss: number | null;
  /** Among all labels of the model. */
  readonly all: Hits;
  /** Among the labels of this part alone. */
  readonly own: Hits;
}

export interface EvaluatedClass {
  readonly label: string;
  readonly heldOut: boolean;
  readonly images: number;
  readonly loss: number | null;
  /** Among all labels. */
  readonly top1: number;
  readonly top5: number;
  readonly rank: number;
}

/** Images of one label that were taken for another. */
export interface Confusion {
  readonly label: string;
  readonly answer: string;
  readonly images: number;
  /** Share of the label's images. */
  readonly share: number;
}

/** `broken` and `passedOver` are present if the images come from a folder. */
export interface Evaluation extends Partial<FolderReading> {
  readonly format: 'lexel-evaluation';
  readonly version: typeof FORMAT_VERSION;
  readonly model: string;
  readonly dataset: string;
  /** Whether the images are exactly those of the data set that the model was trained on. */
  readonly sameImages: boolean;
  readonly recipe: string;
  readonly reading: string;
  /** Null if no label of the part has a test image. */
  readonly seen: EvaluatedPart | null;
  readonly heldOut: EvaluatedPart | null;
  /** In the order of the model's labels. */
  readonly classes: readonly EvaluatedClass[];
  /** Most frequent first, among all labels. */
  readonly confusions: readonly Confusion[];
  /** Classes of the data set that are no labels of the model; their images are not used. */
  readonly unknown: readonly string[];
  /** Labels of the model without a test image. */
  readonly missing: readonly string[];
  /** Labels whose word has a zero vector and so no direction; their images are not used. */
  readonly directionless: readonly string[];
}

/**
 * Measures a model on the test images of a data set. A class belongs to the label of the same name, whether its words
 * are joined by `_`, `-` or a space. The candidates are all labels of the model that have a direction.
 *
 * @throws UsageError if there is no such model, data set or reading; FormatError for a damaged file; LexelError if no
 * label of the model has a test image
 * @example
 * const { seen, heldOut } = await evaluateModel({ model: 'runs/willow' });
 * heldOut?.own.top1; // among the held-out labels
 */
export async function evaluateModel(options: EvaluateOptions = {}): Promise<Evaluation> {
  const file = findModel(options.model ?? BUNDLED_MODEL);
  const model = loadModel(file, options);
  const reading = readingOfModel(model, file, options.reading);
  const dataset = await opened(options, model);
  const { vectors, directionless } = candidatesOf(model);
  const placed = reading.place(vectors);
  const images = labelledImages(dataset, model.labels, directionless);
  const { network } = model;
  const outputs = await testOutputs(network, model, dataset, images.ids, options.backend);
  const features = reading.needsFeatures
    ? await testOutputs(featureNetwork(network), model, dataset, images.ids, options.backend)
    : undefined;
  const points = reading.points({ outputs, features });
  if (!points.every(Number.isFinite)) {
    throw new FormatError(
      file,
      'its network answers NaN or infinity',
      'Its training has diverged, or the file is damaged: train it or copy it again.',
    );
  }
  const r = reading.dimension;
  const candidates = prepareCandidates(placed, reading.mean, 'cosine', directionless);
  const losses = lossesOf(model, outputs, images.labels);
  const heldOut = new Set(model.heldOut);
  const ranks = rankOutputs(points, images.labels, candidates);
  const all = candidates.count - directionless.size;
  const rowsWhere = (has: (label: number) => boolean) =>
    [...images.labels.keys()].filter((i) => has(images.labels[i]));
  const part = (held: boolean): EvaluatedPart | null => {
    const belongs = (label: number) => heldOut.has(model.labels[label]) === held;
    const rows = rowsWhere(belongs);
    if (rows.length === 0) return null;
    const labels = [...model.labels.keys()].filter((label) => belongs(label) && !directionless.has(label));
    const among = subset(placed, r, labels, reading.mean);
    const truths = rows.map((i) => labels.indexOf(images.labels[i]));
    return {
      classes: new Set(rows.map((i) => images.labels[i])).size,
      images: rows.length,
      loss: losses && meanAt(losses, rows),
      all: hits(ranksAt(ranks, rows), all),
      own: hits(rankOutputs(pickRows(points, r, rows), truths, among), labels.length),
    };
  };
  const classes = [...model.labels.entries()].flatMap(([label, name]): EvaluatedClass[] => {
    const rows = rowsWhere((other) => other === label);
    if (rows.length === 0) return [];
    const { top1, top5, rank } = hits(ranksAt(ranks, rows), all);
    const loss = losses && meanAt(losses, rows);
    return [{ label: name, heldOut: heldOut.has(name), images: rows.length, loss, top1, top5, rank }];
  });
  return {
    format: 'lexel-evaluation',
    version: FORMAT_VERSION,
    model: options.model ?? `assets/models/${file.split(/[\\/]/).at(-1)}`,
    dataset: dataset.name,
    sameImages: dataset.hash === model.dataset.hash,
    ...dataset.reading,
    recipe: model.recipe,
    reading: reading.name,
    seen: part(false),
    heldOut: part(true),
    classes,
    confusions: confusionsOf(points, images.labels, candidates, model.labels),
    unknown: images.unknown,
    missing: model.labels.filter((name) => !classes.some(({ label }) => label === name)),
    directionless: [...directionless].map((label) => model.labels[label]),
  };
}

async function opened({ data, dataDir }: EvaluateOptions, model: Model): Promise<Dataset> {
  if (data !== undefined && typeof data !== 'string') return data;
  return openDataset(data ?? model.dataset.name, { dataDir, size: model.network.size, skipBroken: true });
}

/** The test images of classes that are labels of the model, with the rows of their labels. */
function labelledImages(
  { name, classes, test }: Dataset,
  labels: readonly string[],
  directionless: ReadonlySet<number>,
): { ids: Int32Array; labels: Int32Array; unknown: string[] } {
  const rows = classes.map((own) => labels.findIndex((label) => sameName(label, own)));
  const known = [...classes.keys()].filter((c) => rows[c] >= 0 && !directionless.has(rows[c]));
  const { ids, labels: found } = classImages(test, known);
  if (ids.length === 0) {
    throw new LexelError(
      `${name} has no test image of any of the model's ${labels.length} labels`,
      `The model's labels: ${labels.slice(0, 5).join(', ')}${labels.length > 5 ? ', …' : ''}. Give other images with --data.`,
      { code: 'LEXEL_NOT_FOUND' },
    );
  }
  return { ids, labels: found.map((c) => rows[c]), unknown: classes.filter((_, c) => rows[c] < 0) };
}

/** The squared error of each image's own answer, [images]; null if the network predicts no vector. */
function lossesOf(model: Model, outputs: Float32Array, labels: Int32Array): Float64Array | null {
  if (modelHeads(model).vector === 0) return null;
  const answers = modelAnswers(model, outputs);
  const d = model.seenMean.length;
  return Float64Array.from(labels, (label, i) =>
    mse(answers.subarray(i * d, (i + 1) * d), model.vectors.subarray(label * d, (label + 1) * d)),
  );
}

function subset(
  placed: Float32Array,
  r: number,
  labels: readonly number[],
  mean: ArrayLike<number>,
): Candidates {
  return prepareCandidates(pickRows(placed, r, labels), Float64Array.from(mean), 'cosine');
}

const ranksAt = ({ above, tied }: Ranks, rows: readonly number[]): Ranks => ({
  above: Float64Array.from(rows, (row) => above[row]),
  tied: Float64Array.from(rows, (row) => tied[row]),
});

const meanAt = (values: Float64Array, rows: readonly number[]) =>
  rows.reduce((sum, row) => sum + values[row], 0) / rows.length;

function hits(ranks: Ranks, candidates: number): Hits {
  return {
    candidates,
    top1: hitAt(ranks, 1),
    top5: hitAt(ranks, 5),
    rank: meanRank(ranks),
    chance: { top1: hitChance(1, candidates), top5: hitChance(5, candidates), rank: (candidates + 1) / 2 },
  };
}

/** Pairs of a label and a wrong answer that ranks first for its images; a tie counts for the first of the candidates. */
function confusionsOf(
  points: Float32Array,
  labels: Int32Array,
  candidates: Candidates,
  names: readonly string[],
): Confusion[] {
  const counts = new Map<string, { label: number; answer: number; images: number }>();
  const totals = new Map<number, number>();
  const scores = new Float64Array(candidates.count);
  for (const [i, label] of labels.entries()) {
    totals.set(label, (totals.get(label) ?? 0) + 1);
    scoreCandidates(points, i, candidates, scores);
    if (placeOf(scores, label).above === 0) continue;
    const answer = scores.reduce((best, score, c) => (score > scores[best] ? c : best), 0);
    const key = `${label} ${answer}`;
    const found = counts.get(key) ?? { label, answer, images: 0 };
    counts.set(key, { ...found, images: found.images + 1 });
  }
  return [...counts.values()]
    .map(({ label, answer, images }) => ({
      label: names[label],
      answer: names[answer],
      images,
      share: images / totals.get(label)!,
    }))
    .sort((a, b) => b.share - a.share || b.images - a.images);
}
