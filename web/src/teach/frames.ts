/**
 * What the held-out test images show after an epoch: a small map of them among the words, and how often the nearest of the
 * held-out words is the true one. The axes of the map are the principal components of the words alone, in the space that
 * ranks are taken in (less μ, at unit length), so they stay where they are while the images move.
 */

import type { HeldOutPoints } from '../../../src/browser/index.js';
import { fitPca, type PcaAxes, projectPca } from '../../../src/layout/pca.js';
import { unitRows } from '../../../src/util/unit-rows.js';
import type { Frame, Plan } from './types.js';

/** @returns maps points to a frame and to hit@1 among the held-out labels; null if no class is held out */
export function frames(
  classes: readonly string[],
  { heldOut }: Plan,
): (points: HeldOutPoints) => { readonly frame: Frame; readonly amongHeldOut: number } | null {
  const held = heldOut.map((label) => classes.indexOf(label));
  const seen = [...classes.keys()].filter((row) => !held.includes(row));
  let fitted:
    | {
        readonly mu: Float64Array;
        readonly rows: Float32Array;
        readonly axes: PcaAxes;
        readonly words: Float32Array;
      }
    | undefined;
  return ({ epoch, points, labels, targets, dimension }) => {
    if (labels.length === 0) return null;
    if (!fitted) {
      const mu = meanOf(targets, dimension, seen);
      const rows = unitRows(targets, mu);
      const axes = fitPca(rows, dimension);
      fitted = { mu, rows, axes, words: projectPca(rows, axes) };
    }
    const { mu, rows, axes, words } = fitted;
    const units = unitRows(points, mu);
    return {
      frame: { epoch, words, images: projectPca(units, axes), labels },
      amongHeldOut: hit1(units, labels, rows, held, dimension),
    };
  };
}

/** Averaged over a class's images, then over the classes. */
function hit1(
  units: Float32Array,
  labels: Int32Array,
  rows: Float32Array,
  held: readonly number[],
  d: number,
): number {
  const cosine = (image: number, row: number) => {
    let sum = 0;
    for (let j = 0; j < d; j++) sum += units[image * d + j] * rows[row * d + j];
    return sum;
  };
  const shares = held.map((own) => {
    const images = [...labels.keys()].filter((i) => labels[i] === own);
    const hits = images.filter((i) => held.every((row) => row === own || cosine(i, row) < cosine(i, own)));
    return hits.length / images.length;
  });
  return shares.reduce((sum, share) => sum + share, 0) / shares.length;
}

function meanOf(rows: Float32Array, d: number, of: readonly number[]): Float64Array {
  const sum = new Float64Array(d);
  for (const row of of) for (let j = 0; j < d; j++) sum[j] += rows[row * d + j];
  return sum.map((value) => value / of.length);
}
