/**
 * The columns (fold-columns.ts) that contain ranks: how a fold's images rank the words of its held-out
 * classes.
 */
import {
  type Candidates,
  type Floats,
  hitsOf,
  meanRank,
  placesOf,
  prepareCandidates,
  type Ranks,
  scoreCandidates,
} from '../util/metrics.js';
import { RankCounter } from '../util/rank-counter.js';
import { type Columns, HITS, RANK_STEPS, type Ranking, type Scoring } from './fold-columns.js';
import type { FoldAnswers, FoldData } from './load.js';
import { hierarchicalHits } from './zero-shot/hierarchical.js';
import { kOccurrence } from './zero-shot/hubness.js';
import { ranksIn } from './zero-shot/scores.js';

/** Describes a score matrix of a fold's held-out images, ordered by class. */
export interface Scored {
  readonly fold: FoldData;
  /** Number of images of each class. */
  readonly images: readonly number[];
  readonly candidates: Candidates;
}

/** Splits a matrix [images of all classes, labels] by class. */
function byClass(scores: Float64Array, { images, candidates: { count } }: Scored): Float64Array[] {
  let at = 0;
  return images.map((own) => {
    const rows = scores.subarray(at * count, (at + own) * count);
    at += own;
    return rows;
  });
}

/** [c][v]: how the images of class c rank the word of class v among all labels. */
export function ranksAmongAll(scores: Float64Array, scored: Scored): Ranks[][] {
  const truths = scored.fold.heldOut.map(({ index }) => index);
  const { count } = scored.candidates;
  return byClass(scores, scored).map((rows) => ranksIn(rows, count, truths));
}

/** @param candidates number of ranked words */
export function rankColumns(
  ranking: Ranking,
  found: readonly (readonly Ranks[])[],
  candidates: number,
): Columns {
  const own = (of: (ranks: Ranks) => number) => found.map((row, c) => orZero(of(row[c])));
  const pairs = (of: (ranks: Ranks) => number) => found.flat().map((ranks) => Math.round(orZero(of(ranks))));
  const step = candidates > 1 ? RANK_STEPS / (candidates - 1) : 0;
  return {
    [`${ranking}.own`]: Float64Array.from([
      ...own(placesOf),
      ...HITS.flatMap((k) => own((ranks) => hitsOf(ranks, k))),
    ]),
    [`${ranking}.pairRanks`]: Float64Array.from(pairs((ranks) => (meanRank(ranks) - 1) * step)),
    [`${ranking}.pairHits`]: Float64Array.from(HITS.flatMap((k) => pairs((ranks) => hitsOf(ranks, k)))),
  };
}

/**
 * A word without a direction has no rank. The columns store zero, and readers detect the case from the word
 * itself.
 */
const orZero = (value: number) => (Number.isNaN(value) ? 0 : value);

export function scoringColumns(
  scoring: Scoring,
  scores: Float64Array,
  scored: Scored,
  found = ranksAmongAll(scores, scored),
): Columns {
  return {
    ...rankColumns(scoring, found, directed(scored.candidates)),
    [`${scoring}.occurrences`]: kOccurrence(scores, scored.candidates.count).map(orZero),
  };
}

export const directed = ({ count, directionless }: Candidates) => count - directionless.size;

/** Ranks among the held-out words; empty if only one of them has a direction. */
export function heldOutColumns(fold: FoldData, answers: FoldAnswers): Columns {
  const { vectors, places, without } = heldOutWords(fold, answers);
  if (places.length - without.size < 2) return {};
  const candidates = prepareCandidates(vectors, answers.words.mu, 'cosine', without);
  const found = answers.points.map((rows) => rankAll(rows, places, candidates));
  return rankColumns('heldOut', found, directed(candidates));
}

export function distanceColumns(fold: FoldData, answers: FoldAnswers): Columns {
  const { directionless } = fold.space;
  const { targets, mu } = answers.words;
  const { vectors, places, without } = heldOutWords(fold, answers);
  const own = (truths: readonly number[], words: Float32Array, none: ReadonlySet<number>) => {
    const candidates = prepareCandidates(words, mu, 'euclidean', none);
    const found = answers.points.map((rows, c) => rankAll(rows, [truths[c]], candidates)[0]);
    const values = [...found.map(placesOf), ...found.map((ranks) => hitsOf(ranks, 1))];
    return Float64Array.from(values, orZero);
  };
  const group = fold.heldOut.map(({ index }) => index);
  return {
    'all.distance': own(group, targets, directionless),
    ...(places.length - without.size > 1 && { 'heldOut.distance': own(places, vectors, without) }),
  };
}

/** Vectors of the fold's held-out words, in order, and the set of those without a direction. */
function heldOutWords({ heldOut, space: { directionless } }: FoldData, { words }: FoldAnswers) {
  const { targets, dimension: d } = words;
  const vectors = new Float32Array(heldOut.length * d);
  for (const [i, { index }] of heldOut.entries())
    vectors.set(targets.subarray(index * d, (index + 1) * d), i * d);
  const places = heldOut.map((_, i) => i);
  return { vectors, places, without: new Set(places.filter((i) => directionless.has(heldOut[i].index))) };
}

/** How the outputs rank each of `truths` (indices of candidates). Scores each image once for all truths. */
function rankAll(outputs: Floats, truths: readonly number[], candidates: Candidates): Ranks[] {
  const n = outputs.length / candidates.dimension;
  const counter = new RankCounter(truths, n);
  const scores = new Float64Array(candidates.count);
  for (let i = 0; i < n; i++) {
    scoreCandidates(outputs, i, candidates, scores);
    counter.add(scores);
  }
  return counter.ranks();
}

export function hierarchicalColumn(scores: Float64Array, scored: Scored): Columns {
  const { superclassOf, heldOut, space } = scored.fold;
  if (superclassOf.length === 0) return {};
  const sums = byClass(scores, scored).flatMap((rows, c) => {
    const { index } = heldOut[c];
    const found = hierarchicalHits(rows, space.directionless.has(index) ? 0 : index, superclassOf);
    return space.directionless.has(index) ? found.map(() => 0) : found;
  });
  return { hierarchical: Float64Array.from(sums) };
}
