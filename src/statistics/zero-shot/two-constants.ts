/**
 * Two constants: one is taken from the scores of all seen labels, one from those of all unseen labels. It is the baseline
 * of every hit@k among all labels, since no such constants tell one unseen label from another: what they gain is only that
 * seen labels step back. The constants are what CSLS (util/csls.ts) takes from a label, averaged over each side, with the
 * seen classes' test images as neighbours: nothing about the held-out images enters them. What CSLS gains beyond this line,
 * it gains by correcting for hubs.
 */
import { CSLS_NEIGHBOURS, neighbourhoodMeans } from '../../util/csls.js';
import type { Candidates } from '../../util/metrics.js';
import { unitRows } from '../../util/unit-rows.js';

/**
 * @param scores [n, candidates], centred cosines; −∞ of what is no candidate
 * @param seenOutputs [m, d], test images of seen classes
 * @param seenClasses the others are unseen
 * @returns [n, candidates]: only the order within a row means something
 */
export function twoConstantsMatrix(
  scores: Float64Array,
  candidates: Candidates,
  seenOutputs: Float32Array,
  seenClasses: Int32Array,
  directionless: ReadonlySet<number>,
): Float64Array {
  const { count, dimension, rows, mu } = candidates;
  const near = neighbourhoodMeans(
    Float32Array.from(rows),
    dimension,
    unitRows(seenOutputs, mu),
    CSLS_NEIGHBOURS,
  );
  const isSeen = new Uint8Array(count);
  for (const c of seenClasses) isSeen[c] = 1;
  const sums = [0, 0];
  const counts = [0, 0];
  for (let c = 0; c < count; c++) {
    if (directionless.has(c)) continue;
    sums[isSeen[c]] += near[c];
    counts[isSeen[c]]++;
  }
  // CSLS doubles the cosine before it takes a label's neighbourhood from it.
  const constants = sums.map((sum, side) => (counts[side] > 0 ? sum / counts[side] / 2 : 0));
  return scores.map((score, i) => score - constants[isSeen[i % count]]);
}
