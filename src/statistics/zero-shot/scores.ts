/** Scores of images with candidates, and ranks computed from any scores (cosine or CSLS). */
import { type Candidates, hitAt, meanRank, type Ranks, scoreCandidates } from '../../util/metrics.js';
import { RankCounter } from '../../util/rank-counter.js';
import type { WordRanks } from '../class-measures.js';

export const RANK_KEYS = ['rank', 'hit1', 'hit5', 'hit10'] as const satisfies readonly (keyof WordRanks)[];

/** Expected values of ranking at random among `count` candidates. */
export function chanceRanks(count: number): WordRanks {
  const hit = (k: number) => Math.min(1, k / count);
  return { rank: (count + 1) / 2, hit1: hit(1), hit5: hit(5), hit10: hit(10) };
}

/** Scores of every image with every candidate: `outputs` [n, d] to float64 [n, candidates]. */
export function scoreMatrix(outputs: Float32Array, candidates: Candidates): Float64Array {
  const { count, dimension } = candidates;
  const n = outputs.length / dimension;
  const scores = new Float64Array(n * count);
  for (let i = 0; i < n; i++) {
    scoreCandidates(outputs, i, candidates, scores.subarray(i * count, (i + 1) * count));
  }
  return scores;
}

/** Means over the images. */
export const wordRanks = (ranks: Ranks): WordRanks => ({
  rank: meanRank(ranks),
  hit1: hitAt(ranks, 1),
  hit5: hitAt(ranks, 5),
  hit10: hitAt(ranks, 10),
});

/** How the images of a score matrix [n, count] rank each of `truths`. */
export function ranksIn(scores: Float64Array, count: number, truths: readonly number[]): Ranks[] {
  const counter = new RankCounter(truths, scores.length / count);
  for (let at = 0; at < scores.length; at += count) counter.add(scores.subarray(at, at + count));
  return counter.ranks();
}
