/** A trained network's answers to the test images, and their means by class. */

import { gather, type ImageSet } from '../data/index.js';
import type { Predictor } from '../engine/index.js';

/** Images answered at once; bounds the copy of pixels, not the result. */
const CHUNK = 1000;

/** Indices, in the set's own order, of the images of some classes, and their labels. */
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
export function predictImages(
  predictor: Predictor,
  set: ImageSet,
  ids: Int32Array,
  dimension: number,
): Float32Array {
  const out = new Float32Array(ids.length * dimension);
  const bytes = set.size * set.size * 3;
  const pixels = new Uint8Array(Math.min(CHUNK, ids.length) * bytes);
  for (let at = 0; at < ids.length; at += CHUNK) {
    const count = Math.min(CHUNK, ids.length - at);
    gather(set, ids, at, count, pixels);
    out.set(predictor.predict(pixels.subarray(0, count * bytes)), at * dimension);
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
  const row = new Map(classes.map((c, i) => [c, i]));
  const sums = new Float64Array(classes.length * dimension);
  const counts = new Int32Array(classes.length);
  for (let i = 0; i < labels.length; i++) {
    const r = row.get(labels[i]);
    if (r === undefined) continue;
    counts[r]++;
    for (let j = 0; j < dimension; j++) sums[r * dimension + j] += outputs[i * dimension + j];
  }
  return Float32Array.from(sums, (s, i) => s / Math.max(1, counts[Math.floor(i / dimension)]));
}
