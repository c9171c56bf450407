/**
 * Zero-shot classification: the words nearest to a network's outputs, with no retraining for new words. By the
 * cosine of (output − μ) with (vector − μ), or the Euclidean distance (DESIGN, "Rank, hit@k").
 */
import { decodeImage } from '../data/index.js';
import type { Predictor } from '../engine/index.js';
import { type AnsweringModel, type Model, modelAnswers } from '../train/index.js';
import { LexelError } from '../util/errors.js';
import { prepareCandidates, type RankMetric, scoreCandidates } from '../util/metrics.js';
import type { NamedCandidates } from './candidates.js';

/** One answer for a picture. */
export interface RankedLabel {
  readonly label: string;
  /** Centred cosine, or the Euclidean distance; which one was asked for. */
  readonly score: number;
  /** Row among the candidates. */
  readonly index: number;
  /** Training never saw this class. */
  readonly unseen: boolean;
}

export interface ClassifyOptions {
  /** How many answers a picture. Default 5. */
  readonly top?: number;
  /** Default cosine. */
  readonly metric?: RankMetric;
}

/**
 * The nearest candidates of each output, nearest first; equal scores in candidate order.
 *
 * @param outputs float32 [n, d], a network's outputs, placed in its space (`modelAnswers`).
 * @returns n lists of `top` answers.
 * @throws LexelError when the outputs have another dimension, or are not finite.
 */
export function classifyOutputs(
  outputs: Float32Array,
  candidates: NamedCandidates,
  options: ClassifyOptions = {},
): RankedLabel[][] {
  const { names, vectors, mu, unseen } = candidates;
  const d = mu.length;
  if (names.length === 0) throw new LexelError('there are no candidates to choose from');
  if (outputs.length % d !== 0) {
    throw new LexelError(`outputs of ${outputs.length} values do not divide into vectors of ${d}`);
  }
  if (!outputs.every(Number.isFinite)) throw new LexelError('the network answered NaN or infinity');
  const metric = options.metric ?? 'cosine';
  const prepared = prepareCandidates(vectors, mu, metric);
  const scores = new Float64Array(names.length);
  return Array.from({ length: outputs.length / d }, (_, row) => {
    scoreCandidates(outputs, row, prepared, scores);
    return best(scores, options.top ?? 5).map((index) => ({
      label: names[index],
      score: metric === 'cosine' ? scores[index] : Math.sqrt(-scores[index]),
      index,
      unseen: unseen.has(names[index]),
    }));
  });
}

/**
 * Classifies picture files.
 *
 * @param files paths of pictures, decoded as training images are.
 * @param predictor compiled from the model's network and loaded with its weights.
 * @throws FormatError for a file that is no readable picture.
 */
export async function classifyPictures(
  files: readonly string[],
  model: Pick<Model, 'network'> & AnsweringModel,
  predictor: Predictor,
  candidates: NamedCandidates,
  options: ClassifyOptions = {},
): Promise<RankedLabel[][]> {
  const { size } = model.network;
  const bytes = size * size * 3;
  const pixels = new Uint8Array(files.length * bytes);
  for (const [i, file] of files.entries()) pixels.set(await decodeImage(file, size), i * bytes);
  return classifyOutputs(modelAnswers(model, predictor.predict(pixels)), candidates, options);
}

function best(scores: Float64Array, top: number): number[] {
  const order = Array.from(scores, (_, i) => i);
  order.sort((a, b) => scores[b] - scores[a] || a - b);
  return order.slice(0, top);
}
