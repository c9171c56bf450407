/**
 * ConSE: maps a classifier's outputs to the word space (Norouzi et al., "Zero-shot learning by convex
 * combination", ICLR 2014).
 */

/** Number of most probable classes that are combined per image; 10 is best in the paper (table 2). */
export const CONSE_CLASSES = 10;

/** The classes that a classifier was trained on, and their word vectors. */
export interface ConseSpace {
  /** Indices of the seen classes, both in the outputs and in the rows of `vectors`. */
  readonly seen: readonly number[];
  /** float32 [classes, dimension]. */
  readonly vectors: Float32Array;
  readonly dimension: number;
}

export interface ConseOptions {
  /** Number of most probable classes to combine. Default {@link CONSE_CLASSES}. */
  readonly top?: number;
  /** Divisor of the logits; larger values give less probable classes more weight. Default 1. */
  readonly temperature?: number;
}

/**
 * Maps outputs (logits) [n, classes] to points in the word space, float32 [n, dimension]: the mean of the
 * vectors of the `top` most probable seen classes, weighted by their probabilities (equation 3). Ties are
 * broken by class order.
 */
export function conse(
  outputs: Float32Array,
  { seen, vectors, dimension: d }: ConseSpace,
  { top = CONSE_CLASSES, temperature = 1 }: ConseOptions = {},
): Float32Array {
  const classes = vectors.length / d;
  const n = outputs.length / classes;
  const points = new Float32Array(n * d);
  const point = new Float64Array(d);
  for (let i = 0; i < n; i++) {
    const logit = (c: number) => outputs[i * classes + c];
    const best = [...seen].sort((a, b) => logit(b) - logit(a) || a - b).slice(0, top);
    let total = 0;
    point.fill(0);
    for (const c of best) {
      const share = Math.exp((logit(c) - logit(best[0])) / temperature);
      total += share;
      for (let j = 0; j < d; j++) point[j] += share * vectors[c * d + j];
    }
    for (let j = 0; j < d; j++) points[i * d + j] = point[j] / total;
  }
  return points;
}
