/**
 * Cross-domain similarity local scaling (CSLS; Conneau, Lample, Ranzato, Denoyer & Jégou 2018, "Word translation
 * without parallel data", section 2.3): 2·cos(x, y) − r(x) − r(y), where r is the mean cosine to the k nearest
 * vectors of the other set. It corrects for hubs: words that are close to every image. These are pure functions,
 * shared by statistics and search. The paper uses k = 10.
 */
import { LexelError } from './errors.js';

/** The k used in the paper. */
export const CSLS_NEIGHBOURS = 10;

/**
 * out[c] = 2·scores[c] − r(query) − candidateNeighbourhood[c], where r(query) is the mean of the k highest scores (of
 * all, if there are fewer). r(query) shifts all scores by the same amount, so it does not change ranks.
 *
 * @param scores [c], cosines of one query with every candidate; −∞ for excluded candidates, whose CSLS is −∞ too.
 * @param candidateNeighbourhood [c], see {@link neighbourhoodMeans}.
 * @param out [c], overwritten; may be `scores` itself.
 * @throws LexelError if the lengths differ or k is not a positive whole number.
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
 * r of every candidate: the mean dot product with its k nearest reference vectors (with all, if there are fewer).
 * The references are a sample of queries: for images, outputs of a trained network.
 *
 * @param candidates float32 [c, d], rows of unit length (or zero).
 * @param references float32 [n, d], rows of unit length (or zero); n ≥ 1.
 * @returns float32 [c].
 * @throws LexelError if the size of a matrix is not a multiple of d, there is no reference, or k is not a positive
 *   whole number.
 */
export function neighbourhoodMeans(
  candidates: Float32Array,
  d: number,
  references: Float32Array,
  k: number,
): Float32Array {
  for (const matrix of [candidates, references]) {
    if (!(d >= 1) || matrix.length % d !== 0) {
      throw new LexelError(`a matrix of ${matrix.length} values cannot have rows of ${d}`);
    }
  }
  if (references.length === 0) throw new LexelError('CSLS needs at least one reference vector');
  const means = new Float32Array(candidates.length / d);
  const nearest = new Greatest(k);
  for (let c = 0; c < means.length; c++) {
    nearest.clear();
    const row = c * d;
    for (let at = 0; at < references.length; at += d) {
      // Two independent sums avoid a dependency chain.
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

/** Keeps the k highest numbers of a stream in order; insertions become rare after the first numbers. */
class Greatest {
  private readonly kept: Float64Array;
  private count = 0;

  constructor(k: number) {
    if (!(Number.isInteger(k) && k >= 1))
      throw new LexelError(`CSLS with k = ${k}: k must be a whole number of at least 1`);
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
