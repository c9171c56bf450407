/** Sums and differences of word vectors, and the words near them. */
import { faultAt, parseExpression, type Term } from './expression.js';
import type { WordMetric } from './top-k.js';
import type { Neighbour, WordVectors } from './word-vectors.js';

export interface Arithmetic {
  /** float32 [dimension]: the signed sum of the words' vectors, as they lie in the space (not normalised). */
  readonly vector: Float32Array;
  readonly terms: readonly Term[];
}

/**
 * Evaluates "king - man + woman".
 *
 * A word that is not there is tried in lower case, as most published sets are.
 *
 * @example
 * const { vector, terms } = arithmetic(words, 'king - man + woman');
 * words.nearest(vector, 1, { exclude: terms.map((t) => t.word) }); // queen
 * @throws LexelError with a caret under the fault: broken syntax, or a word that is not there.
 */
export function arithmetic(words: WordVectors, expression: string): Arithmetic {
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

/** What `lexel words nearest` prints. */
export interface NearestAnswer {
  readonly expression: string;
  readonly terms: readonly Term[];
  readonly metric: WordMetric;
  readonly nearest: readonly Neighbour[];
}

/** The `top` words nearest to an expression; its own words are not answered. Throws as {@link arithmetic} does. */
export function nearestWords(
  words: WordVectors,
  expression: string,
  options: { top?: number; metric?: WordMetric } = {},
): NearestAnswer {
  const metric = options.metric ?? 'cosine';
  const { vector, terms } = arithmetic(words, expression);
  const exclude = terms.map((term) => term.word);
  const nearest = words.nearest(vector, options.top ?? 10, { metric, exclude });
  return { expression, terms, metric, nearest };
}

function resolve(words: WordVectors, expression: string, { word, at }: Term): string {
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
