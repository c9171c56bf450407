/**
 * Cross-domain similarity local scaling (CSLS; Conneau, Lample, Ranzato, Denoyer & Jégou 2018, "Word translation
 * without parallel data", section 2.3): 2·cos(x, y) − r(x) − r(y), where r is the mean cosine to the k nearest
 * vectors of the other side. It takes from a word that lies close to every image (a hub) what it gains by that
 * alone. Pure functions, in util so that analysis and search share them. The paper has k = 10.
 */
import { LexelError } from './errors.js';

/** k of the paper. */
export const CSLS_NEIGHBOURS = 10;

/**
 * out[c] = 2·scores[c] − r(query) − candidateNeighbourhood[c], where r(query) is the mean of the k greatest scores (of
 * all, where there are fewer). r(query) moves all scores alike: it changes no rank, only what the numbers mean.
 *
 * @param scores [c], cosines of one query with every candidate; −∞ (and so its CSLS) of what is no candidate.
 * @param candidateNeighbourhood [c], see {@link neighbourhoodMeans}.
 * @param out [c], overwritten; may be `scores` itself.
 * @throws LexelError when the lengths differ or k is not a whole number from 1.
 */
export function cslsScores(
  scores: Float64Array,
  candidateNeighbourhood: Float32Array,
  k: number,
  out: Float64Array,
): void {
  const count = scores.length;
  if (candidateNeighbourhood.length !== count || out.length !== count) {
    throw new LexelError(
      `CSLS of ${count} scores with ${candidateNeighbourhood.length} neighbourhoods into ${out.length} places`,
    );
  }
  const nearest = new Greatest(k);
  for (const score of scores) if (score > Number.NEGATIVE_INFINITY) nearest.add(score);
  const own = nearest.mean();
  for (let c = 0; c < count; c++) out[c] = 2 * scores[c] - own - candidateNeighbourhood[c];
}

/**
 * r of every candidate: the mean dot product with its k nearest reference vectors (with all, where there are fewer).
 * The references stand for the queries that will come: for images, outputs of a trained network.
 *
 * @param candidates float32 [c, d], rows of unit length (or zero).
 * @param references float32 [n, d], rows of unit length (or zero); n ≥ 1.
 * @returns float32 [c].
 * @throws LexelError when a matrix does not divide into rows, there is no reference, or k is not a whole number from 1.
 */
export function neighbourhoodMeans(
  candidates: Float32Array,
  d: number,
  references: Float32Array,
  k: number,
): Float32Array {
  for (const matrix of [candidates, references]) {
    if (!(d >= 1) || matrix.length % d !== 0) {
      throw new LexelError(`a matrix of ${matrix.length} values does not divide into rows of ${d}`);
    }
  }
  if (references.length === 0) throw new LexelError('CSLS needs at least one reference vector');
  const means = new Float32Array(candidates.length / d);
  const nearest = new Greatest(k);
  for (let c = 0; c < means.length; c++) {
    nearest.clear();
    const row = c * d;
    for (let at = 0; at < references.length; at += d) {
      // Two sums: they do not wait for each other.
      let even = 0;
      let odd = 0;
      let j = 0;
      for (; j + 1 < d; j += 2) {
        even += candidates[row + j] * references[at + j];
        odd += candidates[row + j + 1] * references[at + j + 1];
      }
      if (j < d) even += candidates[row + j] * references[at + j];
      nearest.add(even + odd);
    }
    means[c] = nearest.mean();
  }
  return means;
}

/** The k greatest of a stream of numbers, kept in order: an insertion is rare once the first have passed. */
class Greatest {
  private readonly kept: Float64Array;
  private count = 0;

  constructor(k: number) {
    if (!(Number.isInteger(k) && k >= 1)) throw new LexelError(`CSLS with k = ${k}: has to be 1 or more`);
    this.kept = new Float64Array(k);
  }

  clear(): void {
    this.count = 0;
  }

  add(value: number): void {
    const { kept } = this;
    if (this.count === kept.length && !(value > kept[this.count - 1])) return;
    let at = this.count < kept.length ? this.count++ : this.count - 1;
    for (; at > 0 && kept[at - 1] < value; at--) kept[at] = kept[at - 1];
    kept[at] = value;
  }

  mean(): number {
    let sum = 0;
    for (let i = 0; i < this.count; i++) sum += this.kept[i];
    return this.count > 0 ? sum / this.count : 0;
  }
}
