/** The candidate words for an image: the model's labels, some of them, or a whole vocabulary. */

import type { Model } from '../train/model-bytes.js';
import { RAW_SPACE, toSpace } from '../train/space.js';
import { LexelError, UsageError } from '../util/errors.js';
import { indexOfName } from '../util/names.js';
import { nearestSpellings } from '../util/spelling.js';
import { labelVectors } from '../words/labels.js';
import { compareVectors } from '../words/same-space.js';
import type { WordTable } from '../words/word-table.js';

/** Named vectors in the space of a model's outputs. */
export interface NamedCandidates {
  readonly names: readonly string[];
  /** float32 [names, dimension]. */
  readonly vectors: Float32Array;
  /** μ, the mean vector of the seen classes, [dimension]. */
  readonly mu: Float32Array;
  /** Names of the classes that were not in the training set. */
  readonly unseen: ReadonlySet<string>;
  /** Indices of candidates whose word vector is zero, so that their cosine is meaningless. Default: none. */
  readonly directionless?: ReadonlySet<number>;
}

export interface CandidateOptions {
  /**
   * Restricts the candidates; duplicates count once. Labels of the model or, with `words`, any label that has
   * a vector there (also "willow_tree").
   */
  readonly labels?: readonly string[];
  /**
   * A vocabulary in addition to the model's labels; `labels` may restrict it. Must be from the model's word
   * space.
   */
  readonly words?: WordTable;
  /**
   * Number of words to use from the start of the vocabulary; published files are sorted by frequency.
   * Default: all.
   */
  readonly first?: number;
}

/**
 * The candidates for a model's outputs.
 *
 * @throws UsageError for a label that neither the model nor the words contain; LexelError for words of
 * another space
 */
export function candidatesOf(
  model: Pick<Model, 'labels' | 'vectors' | 'seenMean' | 'heldOut' | 'space'>,
  options: CandidateOptions = {},
): Required<NamedCandidates> {
  const d = model.seenMean.length;
  const { words } = options;
  if (words) checkSameSpace(model, words);
  /** Maps a raw word vector to the space of the model's outputs. */
  const place = (vector: Float32Array) => toSpace(model.space ?? RAW_SPACE, vector, d);
  const named = options.labels?.map((label) => {
    const row = indexOfName(label, model.labels);
    return row < 0 ? label : model.labels[row];
  });
  const names = [...new Set(named ?? model.labels)];
  const rows = names.map((label) => {
    const row = model.labels.indexOf(label);
    if (row >= 0) return model.vectors.subarray(row * d, (row + 1) * d);
    if (words) return place(vectorOf(words, label));
    const near = nearestSpellings(label, model.labels, 3);
    const hint = near.length > 0 ? `Nearest: ${near.join(', ')}. ` : '';
    throw new UsageError(
      `the model has no label "${label}"`,
      `${hint}Other words need --words with the vectors that the model was trained on.`,
    );
  });
  if (words && !options.labels) {
    const taken = new Set(names);
    for (const word of words.words.slice(0, options.first)) {
      if (taken.has(word)) continue;
      names.push(word);
      rows.push(place(words.require(word)));
    }
  }
  const vectors = new Float32Array(rows.length * d);
  for (const [i, row] of rows.entries()) vectors.set(row, i * d);
  // The image of the zero vector in the space.
  const zero = place(new Float32Array(d));
  const directionless = new Set(
    [...rows.keys()].filter((i) => rows[i].every((value, j) => value === zero[j])),
  );
  return { names, vectors, mu: model.seenMean, unseen: new Set(model.heldOut), directionless };
}

function vectorOf(words: WordTable, label: string): Float32Array {
  try {
    return labelVectors(words, [label]).vectors;
  } catch (error) {
    if (!(error instanceof LexelError)) throw error;
    const near = nearestSpellings(label, words.words, 3);
    throw new UsageError(
      error.message,
      near.length > 0 ? `Nearest spellings: ${near.join(', ')}.` : undefined,
    );
  }
}

/**
 * Checks that labels found in the words have exactly the model's vectors: the file may differ, but not the
 * space.
 */
function checkSameSpace(
  model: Pick<Model, 'labels' | 'vectors' | 'seenMean' | 'space'>,
  words: WordTable,
): void {
  const d = model.seenMean.length;
  const hint = 'Name the word vectors that it was trained on with --words.';
  if (words.dimension !== d) {
    throw new LexelError(`${words.source} has ${words.dimension} dimensions, but the model has ${d}`, hint);
  }
  const found = labelVectors(words, model.labels, { onMissing: 'skip' });
  const placed = toSpace(model.space ?? RAW_SPACE, found.vectors, d);
  const pairs = found.sources.flatMap(({ label, via }, i) => {
    if (via === 'alias') return [];
    const row = model.labels.indexOf(label);
    return [[placed.subarray(i * d, (i + 1) * d), model.vectors.subarray(row * d, (row + 1) * d)] as const];
  });
  if (!compareVectors(pairs).agree) {
    throw new LexelError(`${words.source} is not the word space that the model was trained in`, hint);
  }
}
