/**
 * Held-out images of a run with the answers of a network that was trained without their classes: the pictures of the
 * report and of the demo's contact sheet. Images are chosen by a fixed rule, which `rule` states for the caption.
 */

import { imagesOfRun, type NoImages } from '../crossval/index.js';
import { type Dataset, encodePng } from '../data/index.js';
import type { Mark } from '../figures/contact-sheet.js';
import { answersOf, type FoldAnswers, type FoldData, type RunData } from '../statistics/load.js';
import { Best } from '../util/best.js';
import { LexelError } from '../util/errors.js';
import { type Candidates, placeOf, prepareCandidates, scoreCandidates } from '../util/metrics.js';

/** A word near the network's output for an image. */
export interface ShownWord {
  readonly label: string;
  /** Class index. */
  readonly class: number;
  /** Centred cosine with the output, in the space of the reading. */
  readonly score: number;
  /** Whether the network was trained without images of this word. */
  readonly heldOut: boolean;
  readonly mark: Mark;
}

/** How an image's output lies among some candidate words. */
export interface ShownAnswer {
  /** Number of candidates. */
  readonly candidates: number;
  /** Rank of the true word, from 1; with ties, the expected rank if they are broken at random. */
  readonly rank: number;
  /** The mean rank of guessing, (candidates + 1) / 2. */
  readonly chance: number;
  /** The nearest words, nearest first. */
  readonly words: readonly ShownWord[];
}

export interface HeldOutImage {
  readonly fold: string;
  /** Index in the data set's test split. */
  readonly id: number;
  /** Class index. */
  readonly class: number;
  /** The true word. */
  readonly label: string;
  /** Null if the run has no superclasses. */
  readonly superclass: string | null;
  /** The image as a PNG file. */
  readonly png: Uint8Array;
  /** Height and width of the image, in pixels. */
  readonly size: number;
  /** Among all labels, seen and held out. */
  readonly amongAll: ShownAnswer;
  /** Among the labels that the fold holds out; null if it holds out no other word with a vector. */
  readonly amongHeldOut: ShownAnswer | null;
}

export interface HeldOutImages {
  /** From the class with the best mean rank to the one with the worst. */
  readonly images: readonly HeldOutImage[];
  /** How the images were chosen: a sentence for the caption. */
  readonly rule: string;
}

export type NoHeldOutImages = NoImages;

export interface HeldOutImagesOptions {
  /** The directory that is searched first for the data set. */
  readonly dataDir?: string;
  /** Maximum number of images. Default 24. */
  readonly limit?: number;
  /** Number of words per image. Default 5. */
  readonly words?: number;
  /** Opens the images; default: {@link imagesOfRun}, at every call. */
  readonly open?: typeof imagesOfRun;
}

/**
 * Chooses images of a run's held-out classes and ranks the words for them, from the outputs that the folds have kept.
 * If there is room for every class, each shows its first test images, equally many; otherwise classes are chosen at
 * equal distances in the order of their mean rank among all labels, with the first test image of each.
 *
 * @param data from `loadRun`, which also determines the reading
 * @returns a reason instead if the run holds only records, if it holds no class with a direction out, or if the data
 *   set is not found or is not the one of the run
 * @example
 * const found = await heldOutImages(loadRun('runs/poster'), { dataDir: 'data' });
 * if ('images' in found) for (const { label, amongAll } of found.images) console.log(label, amongAll.rank);
 */
export async function heldOutImages(
  data: RunData,
  { dataDir, limit = 24, words = 5, open = imagesOfRun }: HeldOutImagesOptions = {},
): Promise<HeldOutImages | NoHeldOutImages> {
  const { dir, run } = data.run;
  const folds = data.folds.filter(({ answers }) => answers !== null);
  if (folds.length === 0)
    return {
      reason: `${dir} keeps records of its folds, without the outputs of single images`,
      hint: 'Use the run directory in which the folds were trained.',
    };
  const ranked = folds
    .flatMap((fold) => rankedClasses(fold))
    .sort((a, b) => a.meanRank - b.meanRank || a.index - b.index);
  if (ranked.length === 0) return { reason: `${dir} holds out no class whose word has a vector` };
  const dataset = await open(data.run.dir, data.run.run, { dataDir });
  if ('reason' in dataset) return dataset;
  const chosen = spread(ranked, limit);
  const each = Math.max(1, Math.floor(limit / ranked.length));
  const images: HeldOutImage[] = [];
  for (const one of chosen) {
    for (let row = 0; row < Math.min(each, one.ids.length); row++)
      images.push(await shown(one, row, words, dataset, run.dataset.superclasses));
  }
  return { images, rule: ruleText(ranked.length, chosen.length, each, folds.length, data.run.folds.length) };
}

/**
 * The first test images of one held-out class, by the fold that holds it out.
 * @param index class index
 * @returns a reason instead as from {@link heldOutImages}
 */
export async function imagesOfClass(
  data: RunData,
  index: number,
  { dataDir, limit = 12, words = 5, open = imagesOfRun }: HeldOutImagesOptions = {},
): Promise<readonly HeldOutImage[] | NoHeldOutImages> {
  const fold = data.folds.find(({ heldOut }) => heldOut.some((held) => held.index === index));
  const label = data.run.run.dataset.classes[index] ?? `class ${index}`;
  if (!fold) return { reason: `no finished fold holds out ${label}` };
  if (fold.answers === null)
    return {
      reason: `only the record of fold ${fold.record.id} is kept, without the outputs of single images`,
    };
  const one = rankedClasses(fold).find((ranked) => ranked.index === index);
  if (!one) return { reason: `the word ${label} has no direction` };
  const dataset = await open(data.run.dir, data.run.run, { dataDir });
  if ('reason' in dataset) return dataset;
  const { superclasses } = data.run.run.dataset;
  return Promise.all(
    Array.from({ length: Math.min(limit, one.ids.length) }, (_, row) =>
      shown(one, row, words, dataset, superclasses),
    ),
  );
}

/** A held-out class with the points of its test images, and the candidates of its fold. */
interface RankedClass {
  readonly fold: FoldData;
  readonly candidates: Candidates;
  readonly index: number;
  readonly ids: Int32Array;
  /** [n, dimension of the reading]. */
  readonly points: Float32Array;
  /** Mean rank of the class's word among all labels. */
  readonly meanRank: number;
}

function rankedClasses(fold: FoldData): RankedClass[] {
  const { words, heldOut, points }: FoldAnswers = answersOf(fold);
  const candidates = prepareCandidates(words.targets, words.mu, 'cosine', fold.space.directionless);
  return heldOut.flatMap(({ index, ids }, c) => {
    if (candidates.directionless.has(index)) return [];
    const one = { fold, candidates, index, ids, points: points[c] };
    let sum = 0;
    for (let row = 0; row < ids.length; row++) sum += rankOf(scoresOf(one, row), index);
    return [{ ...one, meanRank: sum / ids.length }];
  });
}

type Scored = Pick<RankedClass, 'candidates' | 'points'>;

/** float64 [labels]. */
function scoresOf({ candidates, points }: Scored, row: number): Float64Array {
  const scores = new Float64Array(candidates.count);
  scoreCandidates(points, row, candidates, scores);
  return scores;
}

function rankOf(scores: Float64Array, truth: number): number {
  const { above, tied } = placeOf(scores, truth);
  return 1 + above + tied / 2;
}

/** At most `limit` of the items, at equal distances, including the first and the last. */
function spread<T>(items: readonly T[], limit: number): T[] {
  if (items.length <= limit) return [...items];
  if (limit === 1) return [items[items.length >> 1]];
  return Array.from({ length: limit }, (_, i) => items[Math.round((i * (items.length - 1)) / (limit - 1))]);
}

async function shown(
  one: RankedClass,
  row: number,
  words: number,
  { test, classes, superclassOf }: Dataset,
  superclasses: readonly string[],
): Promise<HeldOutImage> {
  const { fold, index, ids } = one;
  const id = ids[row];
  if (test.labels[id] !== index)
    throw new LexelError(
      `${fold.record.files.outputs}: test image ${id} is of class ${test.labels[id]}, not of ${index}`,
      'The file is damaged, or was written for other images. Train the fold again.',
    );
  const scores = scoresOf(one, row);
  const heldOut = new Set(fold.heldOut.map(({ index: c }) => c));
  const among = (allowed: (c: number) => boolean): ShownAnswer => {
    const own = scores.map((score, c) => (allowed(c) ? score : Number.NEGATIVE_INFINITY));
    const count = own.reduce((sum, score) => sum + (score > Number.NEGATIVE_INFINITY ? 1 : 0), 0);
    const best = new Best(Math.min(words, count));
    best.takeAll(own);
    const found = best.found();
    const markOf = (c: number): Mark => {
      if (c === index) return 'right';
      return superclassOf.length > 0 && superclassOf[c] === superclassOf[index] ? 'near' : 'wrong';
    };
    return {
      candidates: count,
      rank: rankOf(own, index),
      chance: (count + 1) / 2,
      words: [...found.rows].map((c, i) => ({
        ...{ label: classes[c], class: c, score: found.scores[i], heldOut: heldOut.has(c) },
        mark: markOf(c),
      })),
    };
  };
  const { pixels, size } = test;
  const bytes = size * size * 3;
  const others = fold.heldOut.some(({ index: c }) => c !== index && !one.candidates.directionless.has(c));
  return {
    ...{ fold: fold.record.id, id, class: index, label: classes[index], size },
    superclass: superclassOf.length > 0 ? superclasses[superclassOf[index]] : null,
    png: await encodePng(pixels.subarray(id * bytes, (id + 1) * bytes), size),
    amongAll: among(() => true),
    amongHeldOut: others ? among((c) => heldOut.has(c)) : null,
  };
}

function ruleText(classes: number, chosen: number, each: number, folds: number, allFolds: number): string {
  const which = each === 1 ? 'the first test image' : `the first ${each} test images`;
  const of =
    chosen === classes
      ? `of every held-out class`
      : `of ${chosen} of the ${classes} held-out classes, evenly spread from the best to the worst mean rank`;
  const some = folds < allFolds ? `, from the ${folds} of ${allFolds} folds with outputs` : '';
  return `Not selected by hand: ${which} ${of}${some}.`;
}
