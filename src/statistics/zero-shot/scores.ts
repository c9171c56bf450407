/** Scores of images with candidates, and the ranks read off them. Whatever the score (cosine or CSLS), the same. */
import { type Candidates, hitAt, meanRank, type Ranks, scoreCandidates } from '../../util/metrics.js';

/** How a class's images rank one word: means over the images, ties counting half. */
export interface WordRanks {
  readonly rank: number;
  readonly hit1: number;
  readonly hit5: number;
  readonly hit10: number;
}

export const RANK_KEYS = ['rank', 'hit1', 'hit5', 'hit10'] as const satisfies readonly (keyof WordRanks)[];

/** What ranking at random gives among `count` candidates. */
export function chanceRanks(count: number): WordRanks {
  const hit = (k: number) => Math.min(1, k / count);
  return { rank: (count + 1) / 2, hit1: hit(1), hit5: hit(5), hit10: hit(10) };
}

/** Scores of each image with each candidate. `outputs` [n, d] -> float64 [n, candidates]. */
export function scoreMatrix(outputs: Float32Array, candidates: Candidates): Float64Array {
  const { count, dimension } = candidates;
  const n = outputs.length / dimension;
  const scores = new Float64Array(n * count);
  for (let i = 0; i < n; i++) {
    scoreCandidates(outputs, i, candidates, scores.subarray(i * count, (i + 1) * count));
  }
  return scores;
}

/**
 * Counts how images rank each of `truths` (places among the candidates), an image at a time. One pass over the scores
 * serves all truths: each score is sorted in between theirs.
 */
export class RankCounter {
  private readonly found: Ranks[];
  private readonly edges: Float64Array;
  /** Scores below, at, between, at, ... above the edges. */
  private readonly counts: Int32Array;
  private image = 0;

  constructor(
    private readonly truths: readonly number[],
    images: number,
  ) {
    this.found = truths.map(() => ({ above: new Float64Array(images), tied: new Float64Array(images) }));
    this.edges = new Float64Array(truths.length);
    this.counts = new Int32Array(2 * truths.length + 1);
  }

  /** `scores` [candidates] of the next image. */
  add(scores: Float32Array | Float64Array): void {
    const { truths, edges, counts } = this;
    for (let v = 0; v < truths.length; v++) edges[v] = scores[truths[v]];
    edges.sort();
    counts.fill(0);
    for (let c = 0; c < scores.length; c++) counts[placeOf(scores[c], edges)]++;
    for (let v = 0; v < truths.length; v++) {
      const own = scores[truths[v]];
      if (own === Number.NEGATIVE_INFINITY) {
        this.found[v].above[this.image] = this.found[v].tied[this.image] = Number.NaN; // no candidate: no rank
        continue;
      }
      const at = placeOf(own, edges);
      let above = 0;
      for (let j = at + 1; j < counts.length; j++) above += counts[j];
      this.found[v].above[this.image] = above;
      this.found[v].tied[this.image] = counts[at] - 1;
    }
    this.image++;
  }

  /** One entry a truth. */
  ranks(): WordRanks[] {
    return this.found.map((ranks) => ({
      rank: meanRank(ranks),
      hit1: hitAt(ranks, 1),
      hit5: hitAt(ranks, 5),
      hit10: hitAt(ranks, 10),
    }));
  }
}

/** 2·(edges below the score), and one more where the next edge equals it. `edges` ascending, equal ones allowed. */
function placeOf(score: number, edges: Float64Array): number {
  let low = 0;
  let high = edges.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (edges[middle] < score) low = middle + 1;
    else high = middle;
  }
  return 2 * low + (low < edges.length && edges[low] === score ? 1 : 0);
}

/** Ranks of each of `truths` by the images of a score matrix [n, count]. */
export function ranksIn(scores: Float64Array, count: number, truths: readonly number[]): WordRanks[] {
  const counter = new RankCounter(truths, scores.length / count);
  for (let at = 0; at < scores.length; at += count) counter.add(scores.subarray(at, at + count));
  return counter.ranks();
}
