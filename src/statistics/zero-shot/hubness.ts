/**
 * Hubness: some candidates are among the nearest neighbours of far more queries than others. It is measured
 * by the skewness of the k-occurrence N_k, the number of queries that have a candidate among their k nearest
 * (Radovanović, Nanopoulos & Ivanović 2010). CSLS (util/csls.ts) corrects for it.
 */
import { mean, sampleSkewness, standardDeviation } from 'simple-statistics';
import { CSLS_NEIGHBOURS, cslsScores, neighbourhoodMeans } from '../../util/csls.js';
import type { Candidates } from '../../util/metrics.js';
import type { DeepReadonly } from '../../util/read-only.js';
import { count } from '../../util/schema-parts.js';
import { unitRows } from '../../util/unit-rows.js';
import * as z from '../../util/zod.js';

/** The k of N_k and of the neighbourhoods of CSLS. */
export const NEIGHBOURS = CSLS_NEIGHBOURS;

/**
 * N_k of each candidate: the number of queries that have it among their k best. Candidates tied at the k-th
 * place share the remaining count, so the sum is k × queries.
 * @param scores [n, count]; −∞ for non-candidates, whose result is NaN
 */
export function kOccurrence(scores: Float64Array, count: number, k: number = NEIGHBOURS): Float64Array {
  const found = new Float64Array(count);
  const none = [...found.keys()].filter((c) => scores[c] === Number.NEGATIVE_INFINITY);
  const places = Math.min(k, count - none.length);
  for (let at = 0; at < scores.length; at += count) {
    const row = scores.subarray(at, at + count);
    const edge = row.slice().sort()[count - places];
    let above = 0;
    let tied = 0;
    for (const score of row) {
      if (score > edge) above++;
      else if (score === edge) tied++;
    }
    const share = (places - above) / tied;
    for (let c = 0; c < count; c++) {
      if (row[c] > edge) found[c] += 1;
      else if (row[c] === edge) found[c] += share;
    }
  }
  for (const c of none) found[c] = Number.NaN;
  return found;
}

/** Third standardised moment, E(x − μ)³ / σ³; 0 if all values are equal or there are fewer than three. */
export function skewness(values: ArrayLike<number>): number {
  const list = Array.from(values);
  const n = list.length;
  if (n < 3 || standardDeviation(list) <= 1e-12 * Math.abs(mean(list))) return 0;
  // The library returns Fisher's sample-corrected skewness; this converts it to the plain moment.
  return (sampleSkewness(list) * (n - 2)) / Math.sqrt(n * (n - 1));
}

export const hubnessSchema = z.object({
  /** k of N_k. */
  k: count,
  queries: count,
  /** Skewness of N_k over the candidates: 0 without hubs, positive with a long tail of hubs. */
  skewness: z.number(),
  /**
   * Candidates whose N_k exceeds the mean by more than two standard deviations, largest first; `candidate` is
   * the index.
   */
  hubs: z.array(z.object({ candidate: count, count: z.number() })),
  /** Number of candidates that are among no query's k best. */
  never: count,
});
export type Hubness = DeepReadonly<z.infer<typeof hubnessSchema>>;

/** @param counts N_k of each candidate; NaN for non-candidates */
export function hubness(counts: Float64Array, queries: number, k: number = NEIGHBOURS): Hubness {
  const list = [...counts].filter((count) => !Number.isNaN(count));
  const edge = mean(list) + 2 * standardDeviation(list);
  return {
    k,
    queries,
    skewness: skewness(list),
    hubs: [...counts]
      .map((count, candidate) => ({ candidate, count }))
      .filter(({ count }) => count > edge)
      .sort((a, b) => b.count - a.count),
    never: list.filter((count) => count === 0).length,
  };
}

/**
 * Replaces cosines by CSLS scores.
 * @param scores [n, candidates], centred cosines
 * @param references [m, d], the outputs used as neighbours: a candidate near many of them is a hub
 */
export function cslsMatrix(
  scores: Float64Array,
  candidates: Candidates,
  references: Float32Array,
  k: number = NEIGHBOURS,
): Float64Array {
  const { count, dimension, rows, mu } = candidates;
  const near = neighbourhoodMeans(Float32Array.from(rows), dimension, unitRows(references, mu), k);
  const out = new Float64Array(scores.length);
  for (let at = 0; at < scores.length; at += count) {
    cslsScores(scores.subarray(at, at + count), near, k, out.subarray(at, at + count));
  }
  return out;
}
