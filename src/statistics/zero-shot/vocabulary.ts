/**
 * Ranks of the true word among a whole vocabulary: the run's labels and all other words of the vectors it was
 * trained with. Scored in float32, so that equal vectors get equal scores.
 */

import type { RunFile } from '../../crossval/run-file.js';
import { labelsAgree } from '../../crossval/run-words.js';
import { LexelError, UsageError } from '../../util/errors.js';
import { meanRow } from '../../util/metrics.js';
import { RankCounter } from '../../util/rank-counter.js';
import { unitRows } from '../../util/unit-rows.js';
import { dotRows } from '../../words/dot-rows.js';
import type { WordVectors } from '../../words/index.js';
import type { WordRanks } from '../class-measures.js';
import type { ZeroShotFold } from './fold.js';
import { wordRanks } from './scores.js';

/** Words in addition to the labels, in the space of the words' file. */
export interface Vocabulary {
  /** File name without folder. */
  readonly source: string;
  /** The words, without those that a label's vector was taken from. */
  readonly words: readonly string[];
  /** float32 [words, d]. */
  readonly vectors: Float32Array;
}

/**
 * The words that are candidates in addition to a run's labels. A word that a label's vector was taken from is
 * excluded, because it would appear twice. The parts of a multi-word label are included ("willow" beside
 * willow_tree).
 *
 * @param targets float32 [labels, d]: the labels' raw vectors
 * @throws UsageError if the words are not from the space that the run was trained in
 */
export function vocabularyOf(
  words: WordVectors,
  labels: RunFile['words']['labels'],
  targets: Float32Array,
): Vocabulary {
  checkSameSpace(words, labels, targets);
  const taken = new Set(labels.map(({ label }) => label));
  for (const { words: keys } of labels) if (keys.length === 1) taken.add(keys[0]);
  // A zero vector has no direction.
  const rows = words.words.flatMap((word, row) => (taken.has(word) || words.norms[row] === 0 ? [] : [row]));
  if (rows.length === 0) {
    throw new UsageError(
      `--vocab has nothing more to offer: ${words.source} contains no words other than the labels`,
      'Name a file with more words of the same space, or train on one, such as --words pack.',
    );
  }
  const d = words.dimension;
  const vectors = new Float32Array(rows.length * d);
  for (const [to, row] of rows.entries()) vectors.set(words.matrix.subarray(row * d, (row + 1) * d), to * d);
  return { source: words.source, words: rows.map((row) => words.words[row]), vectors };
}

/** Checks that the labels found in the words have the same vectors as in the run. */
function checkSameSpace(words: WordVectors, labels: RunFile['words']['labels'], targets: Float32Array): void {
  const d = targets.length / labels.length;
  const hint = 'Name the word vectors that the run was trained with.';
  if (words.dimension !== d) {
    throw new UsageError(
      `--vocab: ${words.source} has ${words.dimension} dimensions, but the run has ${d}`,
      hint,
    );
  }
  const { same, agree } = labelsAgree(words, labels, targets);
  if (!agree) {
    throw new UsageError(
      `--vocab: ${words.source} is not the word space of this run: ${same} of ${labels.length} labels have their vector there`,
      hint,
    );
  }
}

/** How the images of one held-out class rank its word in the vocabulary. */
export interface VocabularyClass {
  /** ranks[v]: how this class's images rank the fold's held-out word v, including its own. */
  readonly ranks: readonly WordRanks[];
  /** The words (including labels) nearest to the class's mean output, nearest first. */
  readonly nearest: readonly string[];
}

/**
 * Ranks a fold's held-out words among all labels and the vocabulary, by centred cosine.
 * @param labels names of the labels
 * @param vectors float32 [words, d]: the vocabulary's vectors in the space of the fold's outputs, which a
 * recipe may have transformed
 * @returns one entry per held-out class
 */
export function rankInVocabulary(
  fold: ZeroShotFold,
  labels: readonly string[],
  vocabulary: Vocabulary,
  vectors: Float32Array,
): VocabularyClass[] {
  const { mu, targets, heldOut, directionless = new Set<number>() } = fold;
  const d = mu.length;
  if (vectors.length !== vocabulary.words.length * d) {
    throw new LexelError(
      `${vocabulary.words.length} words have ${vectors.length} values in total, but the outputs of fold ${fold.id} need ${d} each`,
    );
  }
  const all = new Float32Array(targets.length + vectors.length);
  all.set(targets);
  all.set(vectors, targets.length);
  const candidates = unitRows(all, mu);
  const scoresOf = (query: Float32Array) => {
    const scores = dotRows(candidates, query);
    for (const c of directionless) scores[c] = Number.NEGATIVE_INFINITY;
    return scores;
  };
  const truths = heldOut.map(({ index }) => index);
  return heldOut.map(({ outputs }) => {
    const queries = unitRows(outputs, mu);
    const counter = new RankCounter(truths, queries.length / d);
    for (let at = 0; at < queries.length; at += d) {
      counter.add(scoresOf(queries.subarray(at, at + d)));
    }
    const centre = unitRows(Float32Array.from(meanRow(outputs, d)), mu);
    const scores = scoresOf(centre);
    return { ranks: counter.ranks().map(wordRanks), nearest: bestNames(scores, labels, vocabulary.words, 3) };
  });
}

function bestNames(
  scores: Float32Array,
  labels: readonly string[],
  words: readonly string[],
  k: number,
): string[] {
  const best: number[] = [];
  for (let i = 0; i < scores.length; i++) {
    if (best.length === k && !(scores[i] > scores[best[k - 1]])) continue;
    best.push(i);
    best.sort((a, b) => scores[b] - scores[a] || a - b);
    if (best.length > k) best.pop();
  }
  return best.map((i) => (i < labels.length ? labels[i] : words[i - labels.length]));
}
