/**
 * A network's heads: the outputs of the vector head predict a word vector, those of the class head are class
 * scores. The loss determines which heads exist; `joint` has both on one trunk, with the vector head first.
 */

import type { LossKind, LossParts } from '../engine/constants.js';
import { LOSS_PARTS } from '../engine/constants.js';

/** Number of outputs of each head; 0 if there is no such head. */
export interface Heads {
  readonly vector: number;
  /** Includes held-out classes, although no training image has them, so that all folds have the same network. */
  readonly classes: number;
}

/** The heads that a loss trains. */
export function headsOf(loss: LossKind, dimension: number, classes: number): Heads {
  const parts: LossParts = LOSS_PARTS[loss];
  // All other losses over labels use cosines between label vectors and the vector head's output.
  const scores = parts.labels === 'softmax';
  return { vector: scores && !parts.vectors ? 0 : dimension, classes: scores ? classes : 0 };
}

/** Total number of outputs. */
export const widthOf = ({ vector, classes }: Heads): number => vector + classes;

/** The vector head's columns of outputs [n, width], float32 [n, vector]. */
export const vectorHead = (outputs: Float32Array, heads: Heads): Float32Array =>
  columns(outputs, widthOf(heads), 0, heads.vector);

/** The class head's columns of outputs [n, width], float32 [n, classes]. */
export const classHead = (outputs: Float32Array, heads: Heads): Float32Array =>
  columns(outputs, widthOf(heads), heads.vector, heads.classes);

function columns(matrix: Float32Array, width: number, from: number, count: number): Float32Array {
  if (count === width) return matrix;
  const rows = matrix.length / width;
  const out = new Float32Array(rows * count);
  for (let row = 0; row < rows; row++) {
    const start = row * width + from;
    out.set(matrix.subarray(start, start + count), row * count);
  }
  return out;
}
