/**
 * Every measure of a held-out class's outputs against the vector of every class of its group. That against its own is the
 * result; the rest is what the permutation null reads, so that a thousand permutations cost lookups only.
 */
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
import type { Measures, RankMeasures, WithSeen } from './class-measures.js';
import type { FoldData } from './load.js';
import { MeasureColumns } from './measure-columns.js';

/** What the outputs of a fold's held-out classes are against each vector of its group. */
export interface PairTable {
  /** Of each class, against its own vector: the result. */
  readonly own: readonly Measures[];
  /** The c-th class against the v-th one's vector in row c * own.length + v. */
  readonly pairs: MeasureColumns;
}

/**
 * Measures a fold: ranks and cosines by its reading, losses in its recipe's own space.
 * @param withSeen [c][v], as the table, where the seen classes' images were kept
 */
export function pairTable(fold: FoldData, withSeen?: readonly (readonly WithSeen[])[]): PairTable {
  const { mu, heldOut, reading } = fold;
  const { targets, dimension: d, directionless } = fold.space;
  const vector = (c: number) => targets.subarray(c * d, (c + 1) * d);
  const { targets: words, dimension: r } = reading;
  const word = (c: number) => words.subarray(c * r, (c + 1) * r);
  const group = heldOut.map(({ index }) => index);
  const own = new Float32Array(group.length * r);
  for (const [i, c] of group.entries()) own.set(word(c), i * r);
  const places = group.map((_, i) => i);
  const without = new Set(places.filter((i) => directionless.has(group[i])));
  const zero = new Float32Array(d);

  const pairs = new MeasureColumns(group.length ** 2);
  const result = heldOut.map((held, c) => {
    const points = reading.heldOut[c];
    const all = rankMeasures(points, words, reading.mu, group, directionless);
    const among =
      group.length - without.size > 1 ? rankMeasures(points, own, reading.mu, places, without) : null;
    const mean = meanRow(points, r);
    const row = group.map((target, v): Measures => {
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
        centredCosine: without.has(v) ? Number.NaN : centredCosine(mean, word(target), reading.mu),
        agreement,
        energy,
        all: all[v],
        heldOut: among ? among[v] : null,
      };
    });
    for (const [v, measures] of row.entries()) pairs.set(c * group.length + v, measures);
    return row[c];
  });
  return { own: result, pairs };
}

/** For each of `truths` (places among the candidates): how the class's images rank it. */
function rankMeasures(
  points: Float32Array,
  vectors: Float32Array,
  mu: Float64Array,
  truths: readonly number[],
  directionless: ReadonlySet<number>,
): RankMeasures[] {
  const cosine = rankAll(points, truths, prepareCandidates(vectors, mu, 'cosine', directionless));
  const euclidean = rankAll(points, truths, prepareCandidates(vectors, mu, 'euclidean', directionless));
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
