/** What is measured of one held-out class: its outputs against one vector. Names as in docs/DEFINITIONS.md. */
import { z } from 'zod';
import type { DeepReadonly } from '../util/read-only.js';
import { numberOrNaN } from '../util/schema-parts.js';

/** Ranks of the true word among a set of candidates, averaged over a class's images; NaN where it has no direction. */
export const rankMeasuresSchema = z.object({
  rank: numberOrNaN,
  hit1: numberOrNaN,
  hit5: numberOrNaN,
  hit10: numberOrNaN,
  /** By Euclidean distance of the raw output to the vectors. */
  euclideanRank: numberOrNaN,
  euclideanHit1: numberOrNaN,
});
export type RankMeasures = DeepReadonly<z.infer<typeof rankMeasuresSchema>>;

/** How a class's images rank one word: means over the images, ties counting half. */
export const wordRanksSchema = rankMeasuresSchema.pick({ rank: true, hit1: true, hit5: true, hit10: true });
export type WordRanks = DeepReadonly<z.infer<typeof wordRanksSchema>>;

/** What only a fold with its seen classes' test images has, of each pair of held-out class and name. */
export const withSeenSchema = z.object({
  /**
   * The held-out class's share of AUSUC: mean over its images, of those whose best unseen label is that name, of the
   * accuracy on seen classes at the constant from which on that label is answered.
   */
  ausuc: numberOrNaN,
  /** Among all labels, one constant taken from the seen labels' scores and one from the unseen ones'. */
  twoConstants: wordRanksSchema,
});
export type WithSeen = DeepReadonly<z.infer<typeof withSeenSchema>>;

/** One class's outputs measured against one vector. Names as in docs/DEFINITIONS.md; losses are MSE. */
export interface Measures {
  /** null where the seen classes' test images were not kept. */
  readonly withSeen: WithSeen | null;
  /** Place of the vector's class in the run's labels. */
  readonly target: number;
  /** L0, L1, LE. */
  readonly initialLoss: number;
  readonly firstEpochLoss: number;
  readonly finalLoss: number;
  /** Lz and Lm: they belong to the vector alone. */
  readonly zeroLoss: number;
  readonly meanVectorLoss: number;
  /** NaN for a word without a direction (a zero vector). */
  readonly centredCosine: number;
  /** mean(u·t)/|t|² and mean(|u|²)/|t|² with u = output − μ, t = vector − μ: what calibration sums. */
  readonly agreement: number;
  readonly energy: number;
  readonly all: RankMeasures;
  /** Among the fold's held-out labels; null where there is only one that has a direction. */
  readonly heldOut: RankMeasures | null;
}
