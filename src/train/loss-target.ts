/**
 * Loss targets: the values that the loss compares an image's outputs with. They are a word vector, the weights
 * of all seen labels, or both, concatenated.
 */

import type { LossParts } from '../engine/constants.js';
import { LOSS_PARTS } from '../engine/constants.js';
import type { JointHeads, LossLabels } from '../engine/types.js';
import type { TrainConfig } from './config.js';
import { widthOf } from './heads.js';
import { seenClasses, type TargetSpace } from './recipe.js';

export interface LossTarget {
  /** The parts of a step's targets; each covers all images of the batch. */
  readonly parts: readonly TargetRows[];
  /** For losses over labels; contains only the seen classes. */
  readonly labels?: LossLabels;
  /** For the loss `joint`, which has two heads. */
  readonly heads?: JointHeads;
}

/** One target row per class; CutMix mixes the rows like the images. */
export interface TargetRows {
  /** float32 [classes, width]. */
  readonly rows: Float32Array;
  readonly width: number;
}

export function lossTargetOf(
  { loss, labelWeight }: Pick<TrainConfig, 'loss' | 'labelWeight'>,
  space: TargetSpace,
  heldOut: readonly number[],
): LossTarget {
  const { targets, dimension: d, heads } = space;
  const parts: LossParts = LOSS_PARTS[loss];
  const vectorRows = parts.vectors ? [{ rows: targets, width: d }] : [];
  if (!parts.labels) return { parts: vectorRows };
  const classes = targets.length / d;
  const seen = seenClasses(classes, heldOut);
  const rows = new Float32Array(classes * seen.length);
  const outputs = widthOf(heads);
  const vectors = new Float32Array(seen.length * outputs);
  for (const [j, c] of seen.entries()) {
    rows[c * seen.length + j] = 1;
    // With a class head, a class's score is one of the outputs, so its vector selects that output.
    if (heads.classes > 0) vectors[j * outputs + heads.vector + c] = 1;
    else vectors.set(targets.subarray(c * d, (c + 1) * d), j * d);
  }
  return {
    parts: [...vectorRows, { rows, width: seen.length }],
    labels: { count: seen.length, vectors },
    ...(labelWeight !== undefined && { heads: { vectorOutputs: heads.vector, labelWeight } }),
  };
}
