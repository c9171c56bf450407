/** A float64 reference of the losses over labels and of `joint`, written after their definitions. */

import type { LossKind } from '../../src/engine/index.js';

export type LabelLossKind = Exclude<LossKind, 'mse' | 'cosine'>;

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
  /**
   * For 'joint': the targets [images, outputs] of the first `outputs` outputs (the vector head), and the
   * weight of the loss over labels.
   */
  readonly joint?: {
    readonly outputs: number;
    readonly targets: ArrayLike<number>;
    readonly labelWeight: number;
  };
}

export interface LabelResult {
  readonly loss: number;
  readonly gradient: Float64Array;
  readonly scaleGradient: number;
  /** The smallest distance of a hinge's argument from zero. */
  readonly kink: number;
}

/** Loss and gradient for outputs [images, dimension]. */
export function labelLoss(problem: LabelProblem, output: ArrayLike<number>): LabelResult {
  const { kind, images, dimension: d, labels, margin, logScale, vectors, weights } = problem;
  const gradient = new Float64Array(images * d);
  const scale = kind === 'cosine-softmax' ? Math.exp(logScale) : 1;
  const indices = Array.from({ length: labels }, (_, j) => j);
  const plain = kind === 'softmax' || kind === 'joint';
  let [loss, scaleGradient, kink] = [0, 0, Number.POSITIVE_INFINITY];
  for (let n = 0; n < images; n++) {
    const o = Array.from({ length: d }, (_, i) => output[n * d + i]);
    const w = indices.map((j) => weights[n * labels + j]);
    const length = plain ? 1 : Math.hypot(...o);
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
        const along = plain ? 0 : (s[j] * o[i]) / length;
        gradient[n * d + i] += (slopes[j] * (vectors[j * d + i] - along)) / length;
      }
    }
  }
  if (!problem.joint) return { loss, gradient, scaleGradient, kink };
  const { outputs, targets, labelWeight } = problem.joint;
  let squares = 0;
  const both = gradient.map((slope, at) => {
    const [n, i] = [Math.floor(at / d), at % d];
    if (i >= outputs) return labelWeight * slope;
    const error = output[at] - targets[n * outputs + i];
    squares += error ** 2 / outputs / images;
    // The label vectors do not affect the gradient of the vector head.
    return (2 * error) / outputs / images;
  });
  return { loss: squares + labelWeight * loss, gradient: both, scaleGradient: 0, kink };
}
