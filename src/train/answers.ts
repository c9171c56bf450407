/** A network's outputs as points of its recipe's own space. */

import { conse } from './conse.js';
import { classHead, type Heads, vectorHead } from './heads.js';
import { atUnitLength } from './space.js';

/** What the outputs are of, and where they lead. */
export interface OwnSpace {
  readonly heads: Heads;
  /** See {@link SpaceNumbers.unit}. */
  readonly unit: boolean;
  /** Class indices that training saw. */
  readonly seen: readonly number[];
  /** The labels' targets, float32 [classes, dimension]. */
  readonly targets: Float32Array;
  readonly dimension: number;
}

/** Raw outputs [n, width] as points [n, dimension]: what the vector head says; without one, ConSE of the class head. */
export function ownAnswers(outputs: Float32Array, space: OwnSpace): Float32Array {
  const { heads, unit, seen, targets: vectors, dimension } = space;
  if (heads.vector === 0) return conse(classHead(outputs, heads), { seen, vectors, dimension });
  const points = vectorHead(outputs, heads);
  return unit ? atUnitLength(points, dimension) : points;
}
