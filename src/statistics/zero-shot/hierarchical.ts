/**
 * Hierarchical precision at k (hp@k) over a tree of two levels: labels, and their superclasses.
 *
 * After DeViSE (Frome et al. 2013, appendix): the share of the k best answers that lie in a set of labels around the
 * true one, which grows with k. There the set grows over a deep tree until it holds k labels. Over two levels that rule
 * would reach the root beyond the size of a superclass, and every answer would be right; so here
 *
 * - k = 1: the set is the true label alone, and hp@1 is hit@1;
 * - k ≥ 2: the set S is the true label's superclass, never more, and hp@k = |the k best ∩ S| ÷ min(k, |S|).
 *
 * So 1 is the best value at every k; beyond |S| it is the share of the superclass that is among the k best.
 */
import { LexelError } from '../../util/errors.js';

export const HIERARCHICAL_AT = [1, 2, 5, 10] as const;

/**
 * hp@k of every image's answers, averaged. Labels with the same score stand in random order: expected values.
 *
 * @param scores [n, labels]; −∞ of labels that are no candidates, in every row alike.
 * @param truth the true label of all n images: a candidate.
 * @param superclassOf [labels]
 * @returns one value for each of `ks`.
 */
export function hierarchicalPrecision(
  scores: Float64Array,
  truth: number,
  superclassOf: readonly number[],
  ks: readonly number[] = HIERARCHICAL_AT,
): number[] {
  const count = superclassOf.length;
  if (scores.length === 0 || scores.length % count !== 0) {
    throw new LexelError(`${scores.length} scores do not divide into rows of ${count} labels`);
  }
  const images = scores.length / count;
  const family = superclassOf.map(
    (s, c) => s === superclassOf[truth] && scores[c] > Number.NEGATIVE_INFINITY,
  );
  const size = family.filter(Boolean).length;
  const sums = ks.map(() => 0);
  for (let at = 0; at < scores.length; at += count) {
    const row = scores.subarray(at, at + count);
    const sorted = row.slice().sort().reverse();
    for (const [q, k] of ks.entries()) {
      const inSet = (c: number) => (k === 1 ? c === truth : family[c]);
      sums[q] += expectedAmongBest(row, sorted, k, inSet) / (k === 1 ? 1 : Math.min(k, size));
    }
  }
  return sums.map((sum) => sum / images);
}

/** How many labels of a set are among the k best, on average over the orders of equal scores. */
function expectedAmongBest(
  row: Float64Array,
  sorted: Float64Array,
  k: number,
  inSet: (c: number) => boolean,
): number {
  const edge = sorted[Math.min(k, sorted.length) - 1];
  let above = 0;
  let tied = 0;
  let found = 0;
  let foundTied = 0;
  for (let c = 0; c < row.length; c++) {
    if (row[c] > edge) {
      above++;
      if (inSet(c)) found++;
    } else if (row[c] === edge) {
      tied++;
      if (inSet(c)) foundTied++;
    }
  }
  return found + (foundTied * (Math.min(k, row.length) - above)) / tied;
}

/** hp@k of answers at random. */
export function hierarchicalChance(
  truth: number,
  superclassOf: readonly number[],
  ks: readonly number[] = HIERARCHICAL_AT,
): number[] {
  const count = superclassOf.length;
  const size = superclassOf.filter((s) => s === superclassOf[truth]).length;
  return ks.map((k) => (k === 1 ? 1 / count : (Math.min(k, count) * size) / count / Math.min(k, size)));
}
