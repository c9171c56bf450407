/**
 * A reading: a space in which the images that a trained network has seen and any words meet, so that the cosine of an
 * image's point with a word's says how near they are. A network has several: what its regression head answers, what the
 * scores of its class head make of the words, what its features make of them. None of them needs more training.
 */

import type { FeatureStatistics, Heads, OwnSpace } from '../train/index.js';
import type { Floats } from '../util/metrics.js';

/** What a network gives for n images. */
export interface ImageAnswers {
  /** Raw outputs, float32 [n, width]. */
  readonly outputs: Float32Array;
  /** Inputs of the last layer, float32 [n, f]; where {@link Reading.needsFeatures}. */
  readonly features?: Float32Array;
}

export interface Reading {
  /** As `--reading` takes it. */
  readonly name: string;
  /** r, of the space. */
  readonly dimension: number;
  /** What is taken off points and placed words before their cosine, [r]. */
  readonly mean: Floats;
  readonly needsFeatures: boolean;
  /** Images as points, float32 [n, r]. */
  points(images: ImageAnswers): Float32Array;
  /** Words of the recipe's space, float32 [m, d], in this one, float32 [m, r]. */
  place(words: Float32Array): Float32Array;
  /** What a reader should know of how it was made; null: nothing. */
  readonly note: string | null;
}

/** What readings are made of: a fold's record or a model file, seen classes alone. */
export interface ReadingBasis extends OwnSpace {
  /** Where it was read from; names it in messages. */
  readonly file: string;
  /** Unweighted mean of the seen classes' targets, [dimension]. */
  readonly mean: Floats;
  /** Classes whose word has no direction: nothing is learned from them. */
  readonly directionless: ReadonlySet<number>;
  readonly heads: Heads;
  /** Rows of class means as in `seen`. Absent where none were kept. */
  readonly features?: FeatureStatistics;
}
