/**
 * Zero-shot classification: the words nearest to a network's outputs, with no retraining for new words. By the
 * cosine of (output − μ) with (vector − μ), or the Euclidean distance (DESIGN, "Rank, hit@k").
 */
import { LexelError } from '../util/errors.js';
import { prepareCandidates, type RankMetric, scoreCandidates } from '../util/metrics.js';
import type { Candidate } from './candidates.js';

/** One answer for a picture. */
export interface RankedWord {
  readonly word: string;
  /** Centred cosine, or the Euclidean distance; which one was asked for. */
  readonly score: number;
  /** Place among the candidates. */
  readonly index: number;
}

export interface ClassifyOptions {
  /** μ, the mean vector of the seen classes, [dimension]. */
  readonly mean: Float32Array;
  /** How many answers a picture. Default 5. */
  readonly top?: number;
  /** Default cosine. */
  readonly metric?: RankMetric;
}

/**
 * The nearest candidates of each output, nearest first; equal scores in candidate order.
 *
 * @param outputs float32 [n, d], raw outputs of a network.
 * @returns n lists of `top` answers.
 * @throws LexelError when outputs or candidates have another dimension than the mean, or outputs are not finite.
 */
export function classifyOutputs(
  outputs: Float32Array,
  candidates: readonly Candidate[],
  options: ClassifyOptions,
): RankedWord[][] {
  const { mean, top = 5, metric = 'cosine' } = options;
  const d = mean.length;
  if (candidates.length === 0) throw new LexelError('there are no candidates to choose from');
  if (outputs.length % d !== 0) {
    throw new LexelError(`outputs of ${outputs.length} values do not divide into vectors of ${d}`);
  }
  if (!outputs.every(Number.isFinite)) throw new LexelError('the network answered NaN or infinity');
  const vectors = new Float32Array(candidates.length * d);
  for (const [i, { word, vector }] of candidates.entries()) {
    if (vector.length !== d) {
      throw new LexelError(`"${word}" has ${vector.length} dimensions, the outputs have ${d}`);
    }
    vectors.set(vector, i * d);
  }
  const prepared = prepareCandidates(vectors, mean, metric);
  const scores = new Float64Array(candidates.length);
  return Array.from({ length: outputs.length / d }, (_, row) => {
    scoreCandidates(outputs, row, prepared, scores);
    return best(scores, top).map((index) => ({
      word: candidates[index].word,
      score: metric === 'cosine' ? scores[index] : Math.sqrt(-scores[index]),
      index,
    }));
  });
}

function best(scores: Float64Array, top: number): number[] {
  const order = Int32Array.from(scores, (_, i) => i);
  order.sort((a, b) => scores[b] - scores[a] || a - b);
  return Array.from(order.subarray(0, top));
}
