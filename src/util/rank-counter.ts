/** Ranks several candidates by the same scores. */

import type { Ranks } from './metrics.js';

/**
 * Computes the rank of each of `truths` (candidate indices) for one image after another. One pass over an image's
 * scores serves all truths: each score is located among the sorted scores of the truths by binary search.
 */
export class RankCounter {
  private readonly found: Ranks[];
  private readonly edges: Float64Array;
  /** Counts of scores below the first edge, equal to it, between it and the next, and so on. */
  private readonly counts: Int32Array;
  /** For each entry of `counts`, the number of scores there or above. */
  private readonly above: Int32Array;
  private image = 0;

  constructor(
    private readonly truths: readonly number[],
    images: number,
  ) {
    this.found = truths.map(() => ({ above: new Float64Array(images), tied: new Float64Array(images) }));
    this.edges = new Float64Array(truths.length);
    this.counts = new Int32Array(2 * truths.length + 1);
    this.above = new Int32Array(this.counts.length + 1);
  }

  /** Adds the `scores` [candidates] of the next image. */
  add(scores: Float32Array | Float64Array): void {
    const { truths, edges, counts } = this;
    for (let v = 0; v < truths.length; v++) edges[v] = scores[truths[v]];
    edges.sort();
    counts.fill(0);
    for (let c = 0; c < scores.length; c++) counts[placeOf(scores[c], edges)]++;
    this.above[counts.length] = 0;
    for (let j = counts.length - 1; j >= 0; j--) this.above[j] = this.above[j + 1] + counts[j];
    for (let v = 0; v < truths.length; v++) {
      const own = scores[truths[v]];
      if (own === Number.NEGATIVE_INFINITY) {
        this.found[v].above[this.image] = this.found[v].tied[this.image] = Number.NaN; // excluded from the candidates, so it has no rank
        continue;
      }
      const at = placeOf(own, edges);
      this.found[v].above[this.image] = this.above[at + 1];
      this.found[v].tied[this.image] = counts[at] - 1;
    }
    this.image++;
  }

  /** One entry per truth. */
  ranks(): Ranks[] {
    return this.found;
  }
}

/** 2·(number of edges below the score), plus 1 if the next edge equals it. `edges` is ascending; ties are allowed. */
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
