/**
 * Two constants: one is subtracted from the scores of all seen labels, another from the scores of all unseen
 * labels. This is the baseline for every hit@k among all labels, because constants cannot distinguish one
 * unseen label from another; they only lower the seen labels. Each constant is the mean over its side of what
 * CSLS (util/csls.ts) subtracts from a label, with the seen classes' test images as neighbours, so nothing
 * about the held-out images enters. The gain of CSLS over this baseline comes from correcting for hubs.
 */
import { CSLS_NEIGHBOURS, neighbourhoodMeans } from '../../util/csls.js';
import type { Candidates } from '../../util/metrics.js';
import { unitRows } from '../../util/unit-rows.js';

/**
 * @param scores [n, candidates], centred cosines; −∞ for non-candidates
 * @param seenOutputs [m, d], test images of seen classes
 * @param seenClasses all other classes are unseen
 * @returns [n, candidates]; only the order within a row is meaningful
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
  // CSLS doubles the cosine before it subtracts a label's neighbourhood, hence the factor 1/2.
  const constants = sums.map((sum, side) => (counts[side] > 0 ? sum / counts[side] / 2 : 0));
  return scores.map((score, i) => score - constants[isSeen[i % count]]);
}
