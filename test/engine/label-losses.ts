/** The losses over labels once more in float64, as their definitions are written: for the kernels' tests. */

import type { LabelLossKind } from '../../src/engine/index.js';

export interface LabelProblem {
  readonly kind: LabelLossKind;
  readonly images: number;
  readonly dimension: number;
  readonly labels: number;
  readonly margin: number;
  readonly logScale: number;
  /** [labels, dimension]. */
  readonly vectors: ArrayLike<number>;
  /** [images, labels]. */
  readonly weights: ArrayLike<number>;
}

export interface LabelResult {
  readonly loss: number;
  readonly gradient: Float64Array;
  readonly scaleGradient: number;
  /** How near a hinge came to its corner. */
  readonly kink: number;
}

/** Loss and slopes for outputs [images, dimension]. */
export function labelLoss(problem: LabelProblem, output: ArrayLike<number>): LabelResult {
  const { kind, images, dimension: d, labels, margin, logScale, vectors, weights } = problem;
  const gradient = new Float64Array(images * d);
  const scale = kind === 'cosine-softmax' ? Math.exp(logScale) : 1;
  const indices = Array.from({ length: labels }, (_, j) => j);
  let [loss, scaleGradient, kink] = [0, 0, Number.POSITIVE_INFINITY];
  for (let n = 0; n < images; n++) {
    const o = Array.from({ length: d }, (_, i) => output[n * d + i]);
    const w = indices.map((j) => weights[n * labels + j]);
    const length = kind === 'softmax' ? 1 : Math.hypot(...o);
    const s = indices.map((j) => o.reduce((sum, x, i) => sum + x * vectors[j * d + i], 0) / length);
    const slopes = indices.map(() => 0);
    if (kind === 'ranking') {
      for (const y of indices) {
        for (const j of indices) {
          if (j === y || w[y] === 0) continue;
          const violation = margin - s[y] + s[j];
          kink = Math.min(kink, Math.abs(violation));
          if (violation <= 0) continue;
          const share = w[y] / (labels - 1) / images;
          loss += share * violation;
          slopes[j] += share;
          slopes[y] -= share;
        }
      }
    } else {
      const powers = s.map((x) => Math.exp(scale * x));
      const sum = powers.reduce((a, b) => a + b);
      for (const j of indices) {
        const p = powers[j] / sum;
        loss -= (w[j] * Math.log(p)) / images;
        slopes[j] = ((p - w[j]) * scale) / images;
        scaleGradient += slopes[j] * s[j];
      }
    }
    for (let i = 0; i < d; i++) {
      for (const j of indices) {
        const along = kind === 'softmax' ? 0 : (s[j] * o[i]) / length;
        gradient[n * d + i] += (slopes[j] * (vectors[j * d + i] - along)) / length;
      }
    }
  }
  return { loss, gradient, scaleGradient, kink };
}
