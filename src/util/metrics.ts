/**
 * Measures of how close an output is to its word: squared error, centred cosine, the rank of the true word among the
 * candidates, and hit@k. They are pure functions of flat row-major matrices, and are here rather than in search/
 * because training reports them every epoch. All sums are in float64, and equal candidates get bit-identical scores,
 * so that ties are exact.
 */
import { LexelError } from './errors.js';
import { centreToUnit } from './unit-rows.js';

/** `cosine`: between output − μ and vector − μ. `euclidean`: the distance between output and vector, without μ. */
export type RankMetric = 'cosine' | 'euclidean';

/** A row-major matrix of floats. */
export type Floats = Float32Array | Float64Array;

/** Mean over dimensions, then over images, of (output − target)². `outputs` [n, d], `target` [d]; n ≥ 1. */
export function mse(outputs: Floats, target: Floats): number {
  const d = target.length;
  const n = rowsOf(outputs, d);
  let total = 0;
  for (let i = 0; i < n; i++) total += squaredDistance(outputs, i * d, target, 0, d);
  return total / (n * d);
}

/** Column means of `matrix` [n, d], of all rows or of `rows` -> float64 [d]. */
export function meanRow(matrix: Floats, d: number, rows?: ArrayLike<number>): Float64Array {
  const n = rows ? rows.length : rowsOf(matrix, d);
  if (n === 0) throw new LexelError('cannot compute the mean of zero rows');
  const mean = new Float64Array(d);
  for (let r = 0; r < n; r++) {
    const at = (rows ? rows[r] : r) * d;
    for (let j = 0; j < d; j++) mean[j] += matrix[at + j];
  }
  for (let j = 0; j < d; j++) mean[j] /= n;
  return mean;
}

/** Cosine between a − μ and b − μ, all [d]; 0 if either difference is zero. Without μ, the ordinary cosine. */
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

/** Candidate vectors prepared for ranking; see {@link prepareCandidates}. */
export interface Candidates {
  readonly count: number;
  readonly dimension: number;
  readonly metric: RankMetric;
  readonly mu: Float64Array;
  /** float64 [count, d]: vector − μ at unit length for `cosine`, the unchanged vectors for `euclidean`. */
  readonly rows: Float64Array;
  /**
   * Indices of words that are excluded from the candidates because their vector is zero and has no direction. They are
   * never ranked above or equal to another word, and as the true word their rank is NaN. They are also excluded for
   * `euclidean`, so that both metrics rank among the same words.
   */
  readonly directionless: ReadonlySet<number>;
}

/**
 * Centres and normalises candidate vectors once, for many outputs.
 *
 * @param vectors [c, d], one row per candidate word.
 * @param mu [d], the seen classes' mean vector.
 * @param directionless see {@link Candidates}.
 * @throws LexelError if the sizes do not match.
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
 * Scores of one output against all candidates, higher is closer: cosines or negative squared distances; −∞ for
 * excluded candidates.
 *
 * @param outputs [n, d], of which `row` is scored.
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

/** The position of the true word for each image, [n] each. */
export interface Ranks {
  /** Number of candidates with a higher score than the true word. */
  readonly above: Float64Array;
  /** Number of other candidates with exactly the same score. */
  readonly tied: Float64Array;
}

/**
 * Ranks the true word of each image among the candidates (docs/DEFINITIONS.md).
 *
 * @param outputs [n, d]
 * @param truth candidate index of the true word: one for all images, or [n].
 * @throws LexelError if an index is out of range.
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

/** Counts the scores above that of candidate `truth`, and the others equal to it; NaN if it has no direction. */
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

/** Mean of `values` without NaN entries, which stand for missing values. NaN if all are missing. */
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
 * Mean rank over the images. The rank of an image, from 1, is 1 + above + tied / 2: the expected rank if ties are
 * broken at random. The chance level among c candidates is (c + 1) / 2.
 */
export function meanRank(found: Ranks): number {
  return rankOf(placesOf(found), found.above.length);
}

/** Sum over the images of 2·above + tied: twice the sum of (rank − 1), and always an integer. */
export function placesOf({ above, tied }: Ranks): number {
  return sum(above.map((a, i) => 2 * a + tied[i]));
}

/** Mean rank ({@link meanRank}) of a number of images, computed from their {@link placesOf}. */
export function rankOf(places: number, images: number): number {
  return (images + places / 2) / images;
}

/** The share of hits of a guess among `candidates`. It is 1 if every answer is a hit. */
export function hitChance(k: number, candidates: number): number {
  return Math.min(1, k / candidates);
}

/**
 * Share of images whose true word is among the first k. As for the rank, the share is the expected one if ties are
 * broken at random: clamp((k − above) / (tied + 1), 0, 1). A tie of two for the first place is half a hit@1.
 */
export function hitAt(found: Ranks, k: number): number {
  return hitsOf(found, k) / found.above.length;
}

/** The number of hits, of which {@link hitAt} is the mean over the images; an integer if there are no ties. */
export function hitsOf({ above, tied }: Ranks, k: number): number {
  return sum(above.map((a, i) => Math.min(1, Math.max(0, (k - a) / (tied[i] + 1)))));
}

/**
 * The measures of one class, as stored in a fold's record. Centred cosine, rank and hits are NaN for a word without a
 * direction.
 */
export interface ClassMetrics {
  loss: number;
  /** 1 − loss / Lm, where Lm is the loss of the constant answer μ; 0 if the class's vector equals μ. */
  skill: number;
  /** Between the mean output and the class's vector. */
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
    throw new LexelError(`a matrix of ${matrix.length} values cannot have rows of ${d}`);
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
