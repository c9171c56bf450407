/** ConSE: word-space answers of a classifier (Norouzi et al., "Zero-shot learning by convex combination", ICLR 2014). */

/** How many of an image's most probable classes are combined; 10 does best in the paper (its table 2). */
export const CONSE_CLASSES = 10;

/** The classes that a classifier was trained on, and where their words lie. */
export interface ConseSpace {
  /** Indices among the outputs, and rows of the vectors. */
  readonly seen: readonly number[];
  /** float32 [classes, dimension]. */
  readonly vectors: Float32Array;
  readonly dimension: number;
}

export interface ConseOptions {
  /** How many of the most probable classes are combined. Default {@link CONSE_CLASSES}. */
  readonly top?: number;
  /** Logits are divided by it: a larger one lets less probable classes count for more. Default 1. */
  readonly temperature?: number;
}

/**
 * Outputs (logits) [n, classes] as points among the words, float32 [n, dimension]: the mean of the vectors of the `top`
 * most probable seen classes, weighed by their probabilities (equation 3). Equal outputs count in class order.
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
