/** Sums and differences of word vectors, and the words nearest to the result. */

import { LexelError } from '../util/errors.js';
import { faultAt, parseExpression, type Term } from './expression.js';
import type { WordMetric } from './top-rows.js';
import type { Neighbour, WordTable } from './word-table.js';

export interface Arithmetic {
  /** float32 [dimension]: the signed sum of the words' vectors, not normalised. */
  readonly vector: Float32Array;
  readonly terms: readonly Term[];
}

/**
 * Evaluates "king - man + woman".
 *
 * If a word is not found, its lower-case form is tried, because most published sets are lower-case.
 *
 * @example
 * const { vector, terms } = arithmetic(words, 'king - man + woman');
 * words.nearest(vector, 1, { exclude: terms.map((t) => t.word) }); // queen
 * @throws LexelError for a syntax error or an unknown word, with a caret under the position.
 */
export function arithmetic(words: WordTable, expression: string): Arithmetic {
  const terms = parseExpression(expression).map((term) => ({
    ...term,
    word: resolve(words, expression, term),
  }));
  const sum = new Float64Array(words.dimension);
  for (const { sign, word } of terms) {
    const vector = words.require(word);
    for (let j = 0; j < sum.length; j++) sum[j] += sign * vector[j];
  }
  return { vector: Float32Array.from(sum), terms };
}

/** The output of `lexel words nearest`. */
export interface NearestAnswer {
  readonly expression: string;
  readonly terms: readonly Term[];
  readonly metric: WordMetric;
  readonly nearest: readonly Neighbour[];
}

/** Terms count as cancelled if the length of their sum is at most this fraction of the sum of their lengths. */
const CANCELLED = 1e-6;

/**
 * The `top` words nearest to an expression, excluding the words of the expression.
 *
 * @throws the errors of {@link arithmetic}; with the cosine metric also LexelError if the expression has no
 *   direction, because its terms cancel or are zero vectors.
 */
export function nearestWords(
  words: WordTable,
  expression: string,
  options: { top?: number; metric?: WordMetric } = {},
): NearestAnswer {
  const metric = options.metric ?? 'cosine';
  const { vector, terms } = arithmetic(words, expression);
  const lengths = terms.map(({ word }) => Math.hypot(...words.require(word)));
  const total = lengths.reduce((sum, length) => sum + length, 0);
  if (metric === 'cosine' && Math.hypot(...vector) <= CANCELLED * total) {
    const why = total > 0 ? 'its terms cancel' : 'the vector is zero';
    throw new LexelError(
      `"${expression}" has no direction, so no word is near it: ${why}`,
      'Use --metric euclidean to search by distance.',
    );
  }
  const exclude = terms.map((term) => term.word);
  const nearest = words.nearest(vector, options.top ?? 10, { metric, exclude });
  return { expression, terms, metric, nearest };
}

function resolve(words: WordTable, expression: string, { word, at }: Term): string {
  if (words.has(word)) return word;
  const lower = word.toLowerCase();
  if (words.has(lower)) return lower;
  const joined = /^(.+?)[-\u2212\u2013](.+)$/.exec(word);
  const spaces =
    joined && words.has(joined[1]) && words.has(joined[2])
      ? `A minus needs spaces around it: ${joined[1]} - ${joined[2]}.`
      : undefined;
  const { message, hint } = words.unknown(word);
  throw faultAt(expression, at, message, spaces ?? hint);
}
