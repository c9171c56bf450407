/**
 * Every measure of a held-out class's outputs against the vector of every class of its group. The diagonal is the
 * result; the rest is what the permutation null reads, so that a thousand permutations cost lookups only.
 */
import { z } from 'zod';
import {
  type Candidates,
  centredCosine,
  type Floats,
  hitAt,
  meanRank,
  meanRow,
  mse,
  prepareCandidates,
  type Ranks,
  scoreCandidates,
} from '../util/metrics.js';
import { RankCounter } from '../util/rank-counter.js';
import type { DeepReadonly } from '../util/read-only.js';
import { numberOrNaN } from '../util/schema-parts.js';
import type { FoldData, HeldOutClass } from './load.js';

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

/** table[c][v]: outputs of the fold's c-th held-out class against the vector of its v-th. */
export type PairTable = readonly (readonly Measures[])[];

/**
 * Measures a fold, in its own target space.
 * @param withSeen [c][v], as the table, where the seen classes' images were kept
 */
export function pairTable(fold: FoldData, withSeen?: readonly (readonly WithSeen[])[]): PairTable {
  const { mu, heldOut } = fold;
  const { targets, dimension: d, directionless } = fold.space;
  const vector = (c: number) => targets.subarray(c * d, (c + 1) * d);
  const group = heldOut.map(({ index }) => index);
  const own = new Float32Array(group.length * d);
  for (const [i, c] of group.entries()) own.set(vector(c), i * d);
  const places = group.map((_, i) => i);
  const without = new Set(places.filter((i) => directionless.has(group[i])));
  const zero = new Float32Array(d);

  return heldOut.map((held, c) => {
    const all = rankMeasures(held, targets, mu, group, directionless);
    const among = group.length - without.size > 1 ? rankMeasures(held, own, mu, places, without) : null;
    const mean = meanRow(held.last, d);
    return group.map((target, v): Measures => {
      const t = vector(target);
      const { agreement, energy } = calibrationSums(held.last, t, mu);
      return {
        target,
        withSeen: withSeen?.[c][v] ?? null,
        initialLoss: mse(held.epoch0, t),
        firstEpochLoss: mse(held.epoch1, t),
        finalLoss: mse(held.last, t),
        zeroLoss: mse(zero, t),
        meanVectorLoss: mse(mu, t),
        centredCosine: without.has(v) ? Number.NaN : centredCosine(mean, t, mu),
        agreement,
        energy,
        all: all[v],
        heldOut: among ? among[v] : null,
      };
    });
  });
}

/** For each of `truths` (places among the candidates): how the class's images rank it. */
function rankMeasures(
  held: HeldOutClass,
  vectors: Float32Array,
  mu: Float64Array,
  truths: readonly number[],
  directionless: ReadonlySet<number>,
): RankMeasures[] {
  const cosine = rankAll(held.last, truths, prepareCandidates(vectors, mu, 'cosine', directionless));
  const euclidean = rankAll(held.last, truths, prepareCandidates(vectors, mu, 'euclidean', directionless));
  return truths.map((_, v) => ({
    rank: meanRank(cosine[v]),
    hit1: hitAt(cosine[v], 1),
    hit5: hitAt(cosine[v], 5),
    hit10: hitAt(cosine[v], 10),
    euclideanRank: meanRank(euclidean[v]),
    euclideanHit1: hitAt(euclidean[v], 1),
  }));
}

/** Scores each image once, for all truths. */
function rankAll(outputs: Floats, truths: readonly number[], candidates: Candidates): Ranks[] {
  const n = outputs.length / candidates.dimension;
  const counter = new RankCounter(truths, n);
  const scores = new Float64Array(candidates.count);
  for (let i = 0; i < n; i++) {
    scoreCandidates(outputs, i, candidates, scores);
    counter.add(scores);
  }
  return counter.ranks();
}

function calibrationSums(outputs: Floats, target: Floats, mu: Floats): { agreement: number; energy: number } {
  const d = target.length;
  const n = outputs.length / d;
  let dot = 0;
  let square = 0;
  let norm = 0;
  for (let j = 0; j < d; j++) norm += (target[j] - mu[j]) ** 2;
  for (let at = 0; at < outputs.length; at += d) {
    for (let j = 0; j < d; j++) {
      const u = outputs[at + j] - mu[j];
      dot += u * (target[j] - mu[j]);
      square += u * u;
    }
  }
  // A vector that is μ itself says nothing about α: it weighs nothing.
  return norm > 0 ? { agreement: dot / n / norm, energy: square / n / norm } : { agreement: 0, energy: 0 };
}
