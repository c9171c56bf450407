/** Maps a network's outputs to points of its recipe's space. */

import { conse } from './conse.js';
import { classHead, type Heads, vectorHead } from './heads.js';
import { atUnitLength } from './space.js';

/** The heads of the outputs, and the space to map them to. */
export interface OwnSpace {
  readonly heads: Heads;
  /** See {@link SpaceNumbers.unit}. */
  readonly unit: boolean;
  /** Indices of the seen classes. */
  readonly seen: readonly number[];
  /** The labels' targets, float32 [classes, dimension]. */
  readonly targets: Float32Array;
  readonly dimension: number;
}

/**
 * Maps raw outputs [n, width] to points [n, dimension]: the vector head's outputs, or without one, ConSE of the
 * class head.
 */
export function ownAnswers(outputs: Float32Array, space: OwnSpace): Float32Array {
  const { heads, unit, seen, targets: vectors, dimension } = space;
  if (heads.vector === 0) return conse(classHead(outputs, heads), { seen, vectors, dimension });
  const points = vectorHead(outputs, heads);
  return unit ? atUnitLength(points, dimension) : points;
}
