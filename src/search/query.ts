/**
 * Evaluates a search query to a point of the model's centred space: a word or phrase, an image, or a sum such
 * as "img:boy.png - man + woman". First μ is subtracted from every term (image: output − μ, word: vector −
 * μ), and the term is scaled to unit length, so that all terms have equal weight. The sum is scaled to unit
 * length too.
 */
import { LexelError, UsageError } from '../util/errors.js';
import { indexOfName } from '../util/names.js';
import { unitRows } from '../util/unit-rows.js';
import { faultAt, parseExpression, type Term } from '../words/expression.js';
import type { TrainedModel } from './trained-model.js';

/** What a query needs of a model; images are given by the name that the expression has. */
type QueriedModel = Pick<TrainedModel<string>, 'dimension' | 'labels' | 'candidates' | 'embed'>;

/** A query as a point of the centred space. */
export interface Query {
  /** float32 [dimension], unit length. */
  readonly vector: Float32Array;
  /** The image files in the expression. */
  readonly images: readonly string[];
}

/**
 * Evaluates an expression over words and images.
 *
 * @throws LexelError with a caret under the error: invalid syntax, a word without a vector or with a zero
 * vector, a file that is not an image; or if the terms cancel
 * @example
 * const { vector } = await evaluateQuery(model, 'img:"my boy.png" - man + woman');
 */
export async function evaluateQuery(model: QueriedModel, expression: string): Promise<Query> {
  const terms = parseExpression(expression, { images: true, phrases: true });
  const d = model.dimension;
  const sum = new Float64Array(d);
  for (const term of terms) {
    const unit = await termVector(model, expression, term);
    for (let j = 0; j < d; j++) sum[j] += term.sign * unit[j];
  }
  // A remainder of rounding errors after terms cancel is not a direction.
  if (Math.hypot(...sum) < 1e-6) {
    throw new LexelError(
      `"${expression}" has no direction: its terms cancel, or lie at the centre of the space`,
    );
  }
  const vector = unitRows(Float32Array.from(sum), new Float64Array(d));
  return { vector, images: terms.filter((term) => term.image).map((term) => term.word) };
}

async function termVector(model: QueriedModel, expression: string, term: Term): Promise<Float32Array> {
  try {
    if (term.image) return (await model.embed(term.word, { unit: true }))[0];
    const { vectors, mu, directionless } = await model.candidates({ labels: [labelOf(model, term.word)] });
    if (directionless.size > 0) {
      throw new UsageError(`"${term.word}" has a zero vector, which has no direction`, 'Leave it out.');
    }
    return unitRows(vectors, mu);
  } catch (error) {
    if (!(error instanceof LexelError)) throw error;
    const { message, hint } = faultAt(expression, term.at, error.message, error.hint);
    const { code } = error;
    throw error instanceof UsageError
      ? new UsageError(message, hint)
      : new LexelError(message, hint, { code });
  }
}

/**
 * The model's label for a word, also with spaces or hyphens instead of underscores and in capitals; else the
 * word itself.
 */
function labelOf(model: QueriedModel, word: string): string {
  return model.labels[indexOfName(word, model.labels)] ?? word;
}
