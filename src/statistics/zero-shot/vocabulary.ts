/**
 * Ranks of the true word among a whole vocabulary: the run's labels and beside them every other word of the vectors
 * that it was trained with. Scored in float32, equal vectors equally.
 */

import type { RunFile } from '../../crossval/run-file.js';
import { LexelError, UsageError } from '../../util/errors.js';
import { meanRow } from '../../util/metrics.js';
import { RankCounter } from '../../util/rank-counter.js';
import { unitRows } from '../../util/unit-rows.js';
import { dotRows } from '../../words/dot-rows.js';
import { labelVectors, type WordVectors } from '../../words/index.js';
import { compareVectors } from '../../words/same-space.js';
import type { WordRanks } from '../class-measures.js';
import type { ZeroShotFold } from './fold.js';
import { wordRanks } from './scores.js';

/** Words beside the labels, in the space of the words' file. */
export interface Vocabulary {
  /** File name, without its folder. */
  readonly source: string;
  /** Without those that a label stands for. */
  readonly words: readonly string[];
  /** float32 [words, d]. */
  readonly vectors: Float32Array;
}

/**
 * The words that join a run's labels as candidates. A word that a label's vector was taken from is left out, since it
 * would be there twice; the parts of a label of several words stay ("willow" beside willow_tree).
 *
 * @param targets float32 [labels, d]: the labels' raw vectors.
 * @throws UsageError when the words are not of the space that the run was trained in.
 */
export function vocabularyOf(
  words: WordVectors,
  labels: RunFile['words']['labels'],
  targets: Float32Array,
): Vocabulary {
  checkSameSpace(words, labels, targets);
  const taken = new Set(labels.map(({ label }) => label));
  for (const { words: keys } of labels) if (keys.length === 1) taken.add(keys[0]);
  // A zero vector has no direction to be near to.
  const rows = words.words.flatMap((word, row) => (taken.has(word) || words.norms[row] === 0 ? [] : [row]));
  if (rows.length === 0) {
    throw new UsageError(
      `--vocab: ${words.source} holds no word beside the labels`,
      'Name a file with more words of the same space.',
    );
  }
  const d = words.dimension;
  const vectors = new Float32Array(rows.length * d);
  for (const [to, row] of rows.entries()) vectors.set(words.matrix.subarray(row * d, (row + 1) * d), to * d);
  return { source: words.source, words: rows.map((row) => words.words[row]), vectors };
}

/** The labels that are words there have to have the very vectors of the run. */
function checkSameSpace(words: WordVectors, labels: RunFile['words']['labels'], targets: Float32Array): void {
  const d = targets.length / labels.length;
  const hint = 'Name the word vectors that the run was trained with.';
  if (words.dimension !== d) {
    throw new UsageError(`--vocab: ${words.source} has ${words.dimension} dimensions, the run ${d}`, hint);
  }
  const names = labels.map(({ label }) => label);
  const pairs = labels.flatMap(({ words: keys }, row) =>
    keys.every((key) => words.has(key))
      ? [[meanRow(labelVectors(words, keys).vectors, d), targets.subarray(row * d, (row + 1) * d)] as const]
      : [],
  );
  const { same, agree } = compareVectors(pairs);
  if (!agree) {
    throw new UsageError(
      `--vocab: ${words.source} is not the word space of this run: ${same} of ${names.length} labels have their vector there`,
      hint,
    );
  }
}

/** How one held-out class's images place its word in the vocabulary. */
export interface VocabularyClass {
  /** ranks[v]: of the fold's v-th held-out word by this class's images; its own is at the class's own place. */
  readonly ranks: readonly WordRanks[];
  /** Words (labels among them) nearest to the class's mean output, nearest first. */
  readonly nearest: readonly string[];
}

/**
 * Ranks a fold's held-out words among all labels and the vocabulary, by centred cosine.
 * @param labels names of the labels.
 * @param vectors float32 [words, d]: the vocabulary's vectors in the space of the fold's outputs, which a recipe may have
 *   moved.
 * @returns one entry a held-out class.
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
      `${vocabulary.words.length} words have ${vectors.length} values, not ${d} each as the outputs of fold ${fold.id}`,
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
