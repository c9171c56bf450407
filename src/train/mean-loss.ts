/** The training loss of a network's outputs, computed without the engine, which only computes it while training. */

import { LOSS_PARTS, type LossParts } from '../engine/constants.js';
import type { TrainConfig } from './config.js';
import type { LossTarget, TargetRows } from './loss-target.js';

/** The largest log scale, to which the kernel (kernels/labels.h) resets larger ones. */
const LARGEST_LOG_SCALE = Math.log(100);
/** The smallest squared length that a cosine divides by, as in the kernels. */
const SMALLEST_SQUARE = 1e-24;

/**
 * Mean over images of the loss that training minimises, of outputs float32 [labels, width]; in float64.
 * @param labels class index of each output, of a seen class
 * @param logScale the learned scale of `cosine-softmax`
 */
export function meanLoss(
  outputs: Float32Array,
  labels: Int32Array,
  { loss, ranking = 0 }: Pick<TrainConfig, 'loss' | 'ranking'>,
  { parts: targets, labels: known, heads }: LossTarget,
  logScale: number,
): number {
  const parts: LossParts = LOSS_PARTS[loss];
  const width = outputs.length / labels.length;
  const vectorRows = parts.vectors ? targets[0] : undefined;
  const shares = parts.labels ? targets.at(-1) : undefined;
  const scale = parts.labels === 'cosine-softmax' ? Math.exp(Math.min(logScale, LARGEST_LOG_SCALE)) : 1;
  let sum = 0;
  for (const [i, label] of labels.entries()) {
    const output = outputs.subarray(i * width, (i + 1) * width);
    if (vectorRows) sum += vectorLoss(output, rowOf(vectorRows, label), parts.vectors === 'cosine');
    if (!shares) continue;
    const own = rowOf(shares, label).indexOf(1);
    const length = parts.labels === 'softmax' ? 1 : Math.sqrt(Math.max(dot(output, output), SMALLEST_SQUARE));
    const scores = Array.from({ length: known!.count }, (_, j) => {
      const vector = known!.vectors.subarray(j * width, (j + 1) * width);
      return (scale * dot(output, vector)) / length;
    });
    const weight = heads?.labelWeight ?? 1;
    sum += weight * (parts.labels === 'ranking' ? hinge(scores, own, ranking) : crossEntropy(scores, own));
  }
  return sum / labels.length;
}

const rowOf = ({ rows, width }: TargetRows, label: number) =>
  rows.subarray(label * width, (label + 1) * width);

/** Over the target's dimensions, which are the first of the output: the mean squared error, or 1 − cosine. */
function vectorLoss(output: Float32Array, target: Float32Array, cosine: boolean): number {
  const point = output.subarray(0, target.length);
  if (!cosine) return target.reduce((sum, t, j) => sum + (point[j] - t) ** 2, 0) / target.length;
  const length = (v: Float32Array) => Math.sqrt(Math.max(dot(v, v), SMALLEST_SQUARE));
  return 1 - dot(point, target) / (length(point) * length(target));
}

/** The mean violation of the margin over the other labels. */
function hinge(scores: readonly number[], own: number, margin: number): number {
  const violations = scores.map((s, j) => (j === own ? 0 : Math.max(0, margin - scores[own] + s)));
  return violations.reduce((a, b) => a + b, 0) / Math.max(1, scores.length - 1);
}

function crossEntropy(scores: readonly number[], own: number): number {
  const top = Math.max(...scores);
  return Math.log(scores.reduce((sum, s) => sum + Math.exp(s - top), 0)) - (scores[own] - top);
}

function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let j = 0; j < a.length; j++) sum += a[j] * b[j];
  return sum;
}
