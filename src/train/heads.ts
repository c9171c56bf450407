/**
 * A network's heads: which of its outputs answer with a word vector, and which with a score for every class. The loss
 * decides it; of the two heads of `joint` (Lexel's recipe of one trunk for both) the vector comes first.
 */

import { LOSS_PARTS, type LossKind, type LossParts } from '../engine/index.js';

/** How many outputs each head has; 0: there is no such head. */
export interface Heads {
  readonly vector: number;
  /** Held-out classes have an output too, so that all folds have the same network; no image is ever of them. */
  readonly classes: number;
}

/** The heads that a loss trains. */
export function headsOf(loss: LossKind, dimension: number, classes: number): Heads {
  const parts: LossParts = LOSS_PARTS[loss];
  // Cosines with label vectors, as every other loss over labels takes them, are of an answer that is a vector.
  const scores = parts.labels === 'softmax';
  return { vector: scores && !parts.vectors ? 0 : dimension, classes: scores ? classes : 0 };
}

/** Outputs of a network with these heads. */
export const widthOf = ({ vector, classes }: Heads): number => vector + classes;

/** The vector head's share of outputs [n, width]: float32 [n, vector]. */
export const vectorHead = (outputs: Float32Array, heads: Heads): Float32Array =>
  columns(outputs, widthOf(heads), 0, heads.vector);

/** The class head's share of outputs [n, width]: float32 [n, classes]. */
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
