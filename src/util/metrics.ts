/**
 * How close an output lies to its word: squared error, centred cosine, the rank of the true word among candidates
 * and hit@k. Pure functions over flat row-major matrices, here (and not in search/) because training reports them
 * every epoch. All sums are in float64, and equal candidates get bit-equal scores, so that ties are exact.
 */
import { LexelError } from './errors.js';
import { centreToUnit } from './unit-rows.js';

/** `cosine`: of (output − μ) with (vector − μ). `euclidean`: of output to vector, μ plays no part. */
export type RankMetric = 'cosine' | 'euclidean';

/** A matrix of floats: a typed array of either width, row by row. */
export type Floats = Float32Array | Float64Array;

/** Mean over dimensions, then over images, of (output − target)². `outputs` [n, d], `target` [d]; n ≥ 1. */
export function mse(outputs: Floats, target: Floats): number {
  const d = target.length;
  const n = rowsOf(outputs, d);
  let total = 0;
  for (let i = 0; i < n; i++) total += squaredDistance(outputs, i * d, target, 0, d);
  return total / (n * d);
}

/** Column means of `matrix` [n, d] -> float64 [d]; `rows` picks some of its rows. */
export function meanRow(matrix: Floats, d: number, rows?: ArrayLike<number>): Float64Array {
  const n = rows ? rows.length : rowsOf(matrix, d);
  if (n === 0) throw new LexelError('the mean of no rows at all was asked for');
  const mean = new Float64Array(d);
  for (let r = 0; r < n; r++) {
    const at = (rows ? rows[r] : r) * d;
    for (let j = 0; j < d; j++) mean[j] += matrix[at + j];
  }
  for (let j = 0; j < d; j++) mean[j] /= n;
  return mean;
}

/** Cosine of a − μ with b − μ, all [d]; 0 when either difference is zero. Without μ the plain cosine. */
export function centredCosine(a: Floats, b: Floats, mu?: Floats): number {
  let ab = 0;
  let aa = 0;
  let bb = 0;
  for (let j = 0; j < a.length; j++) {
    const m = mu ? mu[j] : 0;
    const x = a[j] - m;
    const y = b[j] - m;
    ab += x * y;
    aa += x * x;
    bb += y * y;
  }
  return aa > 0 && bb > 0 ? ab / Math.sqrt(aa * bb) : 0;
}

/** Candidate vectors made ready for ranking; see {@link prepareCandidates}. */
export interface Candidates {
  readonly count: number;
  readonly dimension: number;
  readonly metric: RankMetric;
  readonly mu: Float64Array;
  /** float64 [count, d]: (vector − μ) at unit length for cosine, the vectors themselves for euclidean. */
  readonly rows: Float64Array;
  /**
   * Places that are no candidates, since their word's vector is zero and has no direction: none is above or equal to
   * another, and as the true word they have no rank (NaN). Also by distance, so that both rank among the same words.
   */
  readonly directionless: ReadonlySet<number>;
}

/**
 * Centres and normalises candidate vectors once, for many outputs.
 *
 * @param vectors [c, d], one row per candidate word.
 * @param mu [d], the seen classes' mean vector.
 * @param directionless see {@link Candidates}.
 * @throws LexelError when the sizes do not fit.
 */
export function prepareCandidates(
  vectors: Floats,
  mu: Floats,
  metric: RankMetric = 'cosine',
  directionless: ReadonlySet<number> = new Set(),
): Candidates {
  const d = mu.length;
  const count = rowsOf(vectors, d);
  const rows = Float64Array.from(vectors);
  if (metric === 'cosine') for (let c = 0; c < count; c++) centreToUnit(rows, c * d, mu);
  return {
    count,
    dimension: d,
    metric,
    mu: Float64Array.from(mu),
    rows,
    directionless,
  };
}

/**
 * Scores of one output against all candidates, greater is closer: cosines, or minus the squared distance; −∞
 * where there is no candidate.
 *
 * @param outputs [n, d]; `row` picks one.
 * @param into float64 [c], overwritten.
 */
export function scoreCandidates(
  outputs: Floats,
  row: number,
  candidates: Candidates,
  into: Float64Array,
): void {
  const { count, dimension: d, rows, metric, mu } = candidates;
  const query = new Float64Array(d);
  for (let j = 0; j < d; j++) query[j] = outputs[row * d + j];
  if (metric === 'euclidean') {
    for (let c = 0; c < count; c++) into[c] = -squaredDistance(rows, c * d, query, 0, d);
  } else {
    centreToUnit(query, 0, mu);
    for (let c = 0; c < count; c++) {
      let even = 0;
      let odd = 0;
      let j = 0;
      for (let at = c * d; j + 1 < d; j += 2) {
        even += rows[at + j] * query[j];
        odd += rows[at + j + 1] * query[j + 1];
      }
      if (j < d) even += rows[c * d + j] * query[j];
      into[c] = even + odd;
    }
  }
  for (const c of candidates.directionless) into[c] = Number.NEGATIVE_INFINITY;
}

/** Where the true word stands for each image, [n] each. */
export interface Ranks {
  /** Candidates that score higher than the true one. */
  readonly above: Float64Array;
  /** Other candidates that score exactly the same. */
  readonly tied: Float64Array;
}

/**
 * Ranks the true word of each image among the candidates (docs/DEFINITIONS.md).
 *
 * @param outputs [n, d]
 * @param truth candidate index of the true word: one for all images, or [n].
 * @throws LexelError when an index is not among the candidates.
 */
export function rankOutputs(
  outputs: Floats,
  truth: number | ArrayLike<number>,
  candidates: Candidates,
): Ranks {
  const n = rowsOf(outputs, candidates.dimension);
  const above = new Float64Array(n);
  const tied = new Float64Array(n);
  const scores = new Float64Array(candidates.count);
  for (let i = 0; i < n; i++) {
    const t = typeof truth === 'number' ? truth : truth[i];
    if (!(t >= 0 && t < candidates.count)) {
      throw new LexelError(`candidate ${t} of image ${i} is not among the ${candidates.count} candidates`);
    }
    scoreCandidates(outputs, i, candidates, scores);
    const place = placeOf(scores, t);
    above[i] = place.above;
    tied[i] = place.tied;
  }
  return { above, tied };
}

/** How many scores are above that of candidate `truth`, and how many others are equal; NaN where it has no direction. */
export function placeOf(scores: Float64Array, truth: number): { above: number; tied: number } {
  const own = scores[truth];
  if (own === Number.NEGATIVE_INFINITY) return { above: Number.NaN, tied: Number.NaN };
  let above = 0;
  let tied = -1;
  for (let c = 0; c < scores.length; c++) {
    if (scores[c] > own) above++;
    else if (scores[c] === own) tied++;
  }
  return { above, tied };
}

/** Mean of the numbers among `values`: NaN, for "there is none", is passed over. NaN where all are. */
export function meanOfNumbers(values: Iterable<number>): number {
  let sum = 0;
  let count = 0;
  for (const value of values) {
    if (Number.isNaN(value)) continue;
    sum += value;
    count++;
  }
  return count > 0 ? sum / count : Number.NaN;
}

/**
 * Mean rank over the images. An image's rank, from 1, is 1 + above + tied / 2, which is the expected one when ties are broken at
 * random; chance among c candidates is (c + 1) / 2.
 */
export function meanRank(found: Ranks): number {
  return rankOf(placesOf(found), found.above.length);
}

/** Sum over the images of 2·above + tied: whole, since ties count half. */
export function placesOf({ above, tied }: Ranks): number {
  return sum(above.map((a, i) => 2 * a + tied[i]));
}

/** Mean rank of so many images from their {@link placesOf}: see {@link meanRank}. */
export function rankOf(places: number, images: number): number {
  return (images + places / 2) / images;
}

/**
 * Share of images whose true word is among the first k. Ties as for the rank: the expected share when they are
 * broken at random, clamp((k − above) / (tied + 1), 0, 1), so that a tie of two for first place is half a hit@1.
 */
export function hitAt(found: Ranks, k: number): number {
  return hitsOf(found, k) / found.above.length;
}

/** Sum over the images of what {@link hitAt} is the mean of: whole where nothing is tied. */
export function hitsOf({ above, tied }: Ranks, k: number): number {
  return sum(above.map((a, i) => Math.min(1, Math.max(0, (k - a) / (tied[i] + 1)))));
}

/** The measures of one class that a fold's record keeps; centred cosine, rank and hits are NaN for a word without a direction. */
export interface ClassMetrics {
  loss: number;
  /** 1 − loss / Lm, where Lm is the loss of always answering μ; 0 where the class's vector is μ itself. */
  skill: number;
  /** Of the mean output with the class's vector. */
  centredCosine: number;
  rank: number;
  hit1: number;
  hit5: number;
  hit10: number;
}

/**
 * All measures of one class from its images' outputs.
 *
 * @param outputs [n, d], n ≥ 1: the outputs of the class's images.
 * @param target [d]: its word vector.
 * @param truth its index among the candidates.
 */
export function classMetrics(
  outputs: Floats,
  target: Floats,
  truth: number,
  candidates: Candidates,
): ClassMetrics {
  const { mu } = candidates;
  const loss = mse(outputs, target);
  const meanLoss = mse(mu, target);
  const found = rankOutputs(outputs, truth, candidates);
  return {
    loss,
    skill: meanLoss > 0 ? 1 - loss / meanLoss : 0,
    centredCosine: candidates.directionless.has(truth)
      ? Number.NaN
      : centredCosine(meanRow(outputs, target.length), target, mu),
    rank: meanRank(found),
    hit1: hitAt(found, 1),
    hit5: hitAt(found, 5),
    hit10: hitAt(found, 10),
  };
}

function rowsOf(matrix: Floats, d: number): number {
  if (d === 0 || matrix.length === 0 || matrix.length % d !== 0) {
    throw new LexelError(`a matrix of ${matrix.length} values does not divide into rows of ${d}`);
  }
  return matrix.length / d;
}

function squaredDistance(a: Floats, atA: number, b: Floats, atB: number, d: number): number {
  let sum = 0;
  for (let j = 0; j < d; j++) {
    const x = a[atA + j] - b[atB + j];
    sum += x * x;
  }
  return sum;
}

function sum(values: Float64Array): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
