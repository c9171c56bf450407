/** A trained network's outputs for images, and their means by class. */

import { gather } from '../data/order.js';
import type { ImageSet } from '../data/types.js';
import type { Predictor } from '../engine/types.js';

/** Images per chunk; limits the memory for copied pixels and does not affect the result. */
export const CHUNK = 1000;

/** Indices of the images of some classes, in the set's order, and their labels. */
export function classImages(
  set: ImageSet,
  classes: readonly number[],
): { ids: Int32Array; labels: Int32Array } {
  const wanted = new Set(classes);
  const ids: number[] = [];
  for (let i = 0; i < set.count; i++) if (wanted.has(set.labels[i])) ids.push(i);
  return { ids: Int32Array.from(ids), labels: Int32Array.from(ids, (i) => set.labels[i]) };
}

/** Outputs for the images `ids` of a set, float32 [ids, dimension]. */
export async function predictImages(
  predictor: Predictor,
  set: ImageSet,
  ids: Int32Array,
  dimension: number,
): Promise<Float32Array> {
  const out = new Float32Array(ids.length * dimension);
  const bytes = set.size * set.size * 3;
  const pixels = new Uint8Array(Math.min(CHUNK, ids.length) * bytes);
  for (let at = 0; at < ids.length; at += CHUNK) {
    const count = Math.min(CHUNK, ids.length - at);
    gather(set, ids, at, count, pixels);
    out.set(await predictor.predict(pixels.subarray(0, count * bytes)), at * dimension);
  }
  return out;
}

/**
 * Mean output of each class, float32 [classes, dimension], in the order of `classes`. A class without images has
 * mean 0.
 */
export function classMeans(
  outputs: Float32Array,
  labels: Int32Array,
  classes: readonly number[],
  dimension: number,
): Float32Array {
  const sums = new ClassSums(classes, dimension);
  sums.add(outputs, labels);
  return sums.means();
}

/** Accumulates sums of rows by class, in float64. */
export class ClassSums {
  /** Number of rows of each class so far, [classes]. */
  readonly counts: Int32Array;
  private readonly row: ReadonlyMap<number, number>;
  private readonly sums: Float64Array;

  constructor(
    classes: readonly number[],
    private readonly dimension: number,
  ) {
    this.row = new Map(classes.map((c, i) => [c, i]));
    this.counts = new Int32Array(classes.length);
    this.sums = new Float64Array(classes.length * dimension);
  }

  /** Adds rows [labels, dimension]; rows of other classes are ignored. */
  add(rows: Float32Array, labels: Int32Array): void {
    const d = this.dimension;
    for (const [i, label] of labels.entries()) {
      const r = this.row.get(label);
      if (r === undefined) continue;
      this.counts[r]++;
      for (let j = 0; j < d; j++) this.sums[r * d + j] += rows[i * d + j];
    }
  }

  /** Mean rows, float32 [classes, dimension]. */
  means(): Float32Array {
    return Float32Array.from(this.exactMeans());
  }

  /** Mean rows in float64. */
  exactMeans(): Float64Array {
    return this.sums.map((s, i) => s / Math.max(1, this.counts[Math.floor(i / this.dimension)]));
  }
}
