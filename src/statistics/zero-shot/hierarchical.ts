/**
 * Hierarchical precision at k (hp@k) over a tree of two levels: labels, and their superclasses.
 *
 * As in DeViSE (Frome et al. 2013, appendix), hp@k is the share of the k best answers that lie in a set S of
 * labels around the true one; the divisor is k. In DeViSE's deep tree, S grows until it holds k labels. With
 * two levels, S would become the set of all labels once k exceeds the size of a superclass, and every answer
 * would count as correct. So S is capped at the superclass:
 *
 * - k = 1: S is the true label alone, and hp@1 is hit@1;
 * - k ≥ 2: S is the true label's superclass, and hp@k = |the k best ∩ S| ÷ k.
 *
 * If k exceeds |S|, the best possible value is |S| ÷ k, not 1 ({@link hierarchicalBest}).
 */
import { LexelError } from '../../util/errors.js';

export const HIERARCHICAL_AT = [1, 2, 5, 10] as const;

/** hp@k averaged over images, computed from the sums of {@link hierarchicalHits}. */
export function hierarchicalPrecision(
  scores: Float64Array,
  truth: number,
  superclassOf: readonly number[],
  ks: readonly number[] = HIERARCHICAL_AT,
): number[] {
  const sums = hierarchicalHits(scores, truth, superclassOf, ks);
  return precisionOf(sums, scores.length / superclassOf.length, ks);
}

/** hp@k from sums over `images` images. */
export function precisionOf(
  sums: ArrayLike<number>,
  images: number,
  ks: readonly number[] = HIERARCHICAL_AT,
): number[] {
  return ks.map((k, q) => sums[q] / (k * images));
}

/**
 * For each image, the number of its k best answers that lie in S, summed over images. Labels with equal
 * scores are in random order, so the numbers are expected values.
 *
 * @param scores [n, labels]; −∞ for labels that are no candidates, the same in every row
 * @param truth the true label of all n images; a candidate
 * @param superclassOf [labels]
 * @returns one value for each of `ks`
 */
export function hierarchicalHits(
  scores: Float64Array,
  truth: number,
  superclassOf: readonly number[],
  ks: readonly number[] = HIERARCHICAL_AT,
): number[] {
  const count = superclassOf.length;
  if (scores.length === 0 || scores.length % count !== 0) {
    throw new LexelError(`${scores.length} scores do not divide into rows of ${count} labels`);
  }
  const family = superclassOf.map(
    (s, c) => s === superclassOf[truth] && scores[c] > Number.NEGATIVE_INFINITY,
  );
  const sums = ks.map(() => 0);
  for (let at = 0; at < scores.length; at += count) {
    const row = scores.subarray(at, at + count);
    const sorted = row.slice().sort().reverse();
    for (const [q, k] of ks.entries()) {
      const inSet = (c: number) => (k === 1 ? c === truth : family[c]);
      sums[q] += expectedAmongBest(row, sorted, k, inSet);
    }
  }
  return sums;
}

/** Expected number of labels of a set among the k best, averaged over the orders of equal scores. */
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

/** hp@k of random answers among `count` labels, `size` of which are in the superclass. */
export function hierarchicalChance(
  size: number,
  count: number,
  ks: readonly number[] = HIERARCHICAL_AT,
): number[] {
  return ks.map((k) => (k === 1 ? 1 / count : (Math.min(k, count) * size) / count / k));
}

/** The largest possible hp@k with `size` labels in the superclass. */
export function hierarchicalBest(size: number, ks: readonly number[] = HIERARCHICAL_AT): number[] {
  return ks.map((k) => (k === 1 ? 1 : Math.min(k, size) / k));
}
