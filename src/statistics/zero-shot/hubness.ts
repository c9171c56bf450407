/**
 * Hubness: some candidates are among the nearest of far more queries than others, whatever the query. Measured by the
 * skewness of the k-occurrence N_k, how many queries have a candidate among their k nearest (Radovanović, Nanopoulos &
 * Ivanović 2010); answered by CSLS (util/csls.ts).
 */
import { mean, sampleSkewness, standardDeviation } from 'simple-statistics';
import { z } from 'zod';
import { CSLS_NEIGHBOURS, cslsScores, neighbourhoodMeans } from '../../util/csls.js';
import type { Candidates } from '../../util/metrics.js';
import type { DeepReadonly } from '../../util/read-only.js';
import { count } from '../../util/schema-parts.js';
import { unitRows } from '../../util/unit-rows.js';

/** k of N_k, and of the neighbourhoods of CSLS. */
export const NEIGHBOURS = CSLS_NEIGHBOURS;

/**
 * N_k of each candidate: queries that have it among their k best. Where equal scores stand on both sides of the k-th
 * place, each gets its share, so that the sum is k × queries.
 * @param scores [n, count]; −∞ of what is no candidate, and NaN in the answer.
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

/** Third standardised moment, E(x − μ)³ / σ³; 0 where all values are equal or fewer than three. */
export function skewness(values: ArrayLike<number>): number {
  const list = Array.from(values);
  const n = list.length;
  if (n < 3 || standardDeviation(list) <= 1e-12 * Math.abs(mean(list))) return 0;
  // The library's is Fisher's, corrected for a sample; the definition has the moment itself.
  return (sampleSkewness(list) * (n - 2)) / Math.sqrt(n * (n - 1));
}

export const hubnessSchema = z.object({
  /** k of N_k. */
  k: count,
  queries: count,
  /** Skewness of N_k over the candidates: 0 where none is favoured; long tails of hubs make it positive. */
  skewness: z.number(),
  /** N_k beyond two standard deviations above the mean, greatest first; `candidate` is its index. */
  hubs: z.array(z.object({ candidate: count, count: z.number() })),
  /** Candidates that are among no query's k best. */
  never: count,
});
export type Hubness = DeepReadonly<z.infer<typeof hubnessSchema>>;

/** @param counts N_k of each candidate; NaN of what is none. */
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
 * CSLS scores in place of cosines.
 * @param scores [n, candidates], centred cosines.
 * @param references [m, d]: outputs whose nearness to a candidate makes it a hub.
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
