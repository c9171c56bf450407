/**
 * The measures of one held-out class: its outputs compared with one vector. Names as in docs/DEFINITIONS.md.
 */
import type { DeepReadonly } from '../util/read-only.js';
import { numberOrNaN } from '../util/schema-parts.js';
import * as z from '../util/zod.js';

/**
 * Ranks of the true word among a set of candidates, averaged over a class's images; NaN if the word has no
 * direction.
 */
export const rankMeasuresSchema = z.object({
  rank: numberOrNaN,
  hit1: numberOrNaN,
  hit5: numberOrNaN,
  hit10: numberOrNaN,
  /** Ranked by Euclidean distance between the raw output and the vectors. */
  euclideanRank: numberOrNaN,
  euclideanHit1: numberOrNaN,
});
export type RankMeasures = DeepReadonly<z.infer<typeof rankMeasuresSchema>>;

/** How a class's images rank one word: means over the images; ties count half. */
export const wordRanksSchema = rankMeasuresSchema.pick({ rank: true, hit1: true, hit5: true, hit10: true });
export type WordRanks = DeepReadonly<z.infer<typeof wordRanksSchema>>;

/** Measures of a pair of held-out class and word that need the outputs of the seen classes' test images. */
export const withSeenSchema = z.object({
  /**
   * The held-out class's contribution to AUSUC under this word: the mean over its images. An image whose best
   * unseen label is this word contributes the accuracy on seen classes at the calibration constant from which
   * on that label is the answer; other images contribute 0.
   */
  ausuc: numberOrNaN,
  /**
   * Among all labels, after subtracting one constant from the seen labels' scores and one from the unseen
   * labels' scores.
   */
  twoConstants: wordRanksSchema,
});
export type WithSeen = DeepReadonly<z.infer<typeof withSeenSchema>>;

/**
 * The measures of one class's outputs against one vector. Names as in docs/DEFINITIONS.md; losses are MSE.
 */
export interface Measures {
  /** null if the outputs of the seen classes' test images were not kept. */
  readonly withSeen: WithSeen | null;
  /** Index of the vector's class in the run's labels. */
  readonly target: number;
  /** L0, L1, LE. */
  readonly initialLoss: number;
  readonly firstEpochLoss: number;
  readonly finalLoss: number;
  /** Lz and Lm; they depend only on the vector. */
  readonly zeroLoss: number;
  readonly meanVectorLoss: number;
  /** NaN if the word has no direction (a zero vector). */
  readonly centredCosine: number;
  /**
   * mean(u·t)/|t|² and mean(|u|²)/|t|² with u = output − μ, t = vector − μ: the terms that calibration sums
   * up.
   */
  readonly agreement: number;
  readonly energy: number;
  readonly all: RankMeasures;
  /** Among the fold's held-out labels; null if only one of them has a direction. */
  readonly heldOut: RankMeasures | null;
}
