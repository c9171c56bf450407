/**
 * A reading: a space that contains both images and words, so that the cosine between an image's point and a
 * word's point measures their similarity. A network has several readings: from the outputs of its vector
 * head, from the scores of its class head, or from its features. None of them needs further training.
 */

import type { OwnSpace } from '../train/answers.js';
import type { FeatureStatistics } from '../train/feature-statistics.js';
import type { Heads } from '../train/heads.js';
import type { Floats } from '../util/metrics.js';

/** The outputs of a network for n images. */
export interface ImageAnswers {
  /** Raw outputs, float32 [n, width]. */
  readonly outputs: Float32Array;
  /** Inputs of the last layer, float32 [n, f]; given if {@link Reading.needsFeatures} is set. */
  readonly features?: Float32Array;
}

export interface Reading {
  /** The name in the form that `--reading` takes. */
  readonly name: string;
  /** Dimension r of the space. */
  readonly dimension: number;
  /** [r], subtracted from points and placed words before their cosine is taken. */
  readonly mean: Floats;
  readonly needsFeatures: boolean;
  /** Maps images to points, float32 [n, r]. */
  points(images: ImageAnswers): Float32Array;
  /** Maps words of the recipe's space, float32 [m, d], to this space, float32 [m, r]. */
  place(words: Float32Array): Float32Array;
  /** A caution about how the reading was computed; null if there is none. */
  readonly note: string | null;
}

/** The data that readings are computed from: a fold's record or a model file, with seen classes only. */
export interface ReadingBasis extends OwnSpace {
  /** The source file, for error messages. */
  readonly file: string;
  /** Unweighted mean of the seen classes' targets, [dimension]. */
  readonly mean: Floats;
  /** Classes whose word has no direction; they are not used for fitting. */
  readonly directionless: ReadonlySet<number>;
  readonly heads: Heads;
  /** The rows of class means are in the order of `seen`. Absent if no features were kept. */
  readonly features?: FeatureStatistics;
}
