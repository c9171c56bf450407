/** Loss targets: what the loss compares the answer for an image with, its word vector or its share of every seen label. */

import type { LossKind, LossLabels } from '../engine/index.js';
import { seenClasses, type TargetSpace } from './recipe.js';

export interface LossTarget {
  /** float32 [classes, width]: what stands for each class; mixed where CutMix mixes images. */
  readonly rows: Float32Array;
  readonly width: number;
  /** For losses over labels: the seen classes alone. */
  readonly labels?: LossLabels;
}

/** @param outputs width of the network's answer */
export function lossTargetOf(
  loss: LossKind,
  { targets, dimension: d }: TargetSpace,
  heldOut: readonly number[],
  outputs: number,
): LossTarget {
  if (loss === 'mse' || loss === 'cosine') return { rows: targets, width: d };
  const classes = targets.length / d;
  const seen = seenClasses(classes, heldOut);
  const rows = new Float32Array(classes * seen.length);
  const vectors = new Float32Array(seen.length * outputs);
  for (const [j, c] of seen.entries()) {
    rows[c * seen.length + j] = 1;
    // A classifier's score of a class is its own output.
    if (loss === 'softmax') vectors[j * outputs + c] = 1;
    else vectors.set(targets.subarray(c * d, (c + 1) * d), j * d);
  }
  return { rows, width: seen.length, labels: { count: seen.length, vectors } };
}
