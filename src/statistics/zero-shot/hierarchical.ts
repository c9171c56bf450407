/**
 * Hierarchical precision at k (hp@k) over a tree of two levels: labels, and their superclasses.
 *
 * As in DeViSE (Frome et al. 2013, appendix): of the k best answers, the share that lies in a set S of labels around the true
 * one; the divisor is k. There S grows over a deep tree until it holds k labels. Over two levels that rule would reach the
 * root for k beyond the size of a superclass, and every answer would count as correct; so S is capped at the superclass:
 *
 * - k = 1: S is the true label alone, and hp@1 is hit@1;
 * - k ≥ 2: S is the true label's superclass, and hp@k = |the k best ∩ S| ÷ k.
 *
 * For k beyond |S| the best value is |S| ÷ k, not 1 ({@link hierarchicalBest}).
 */
import { LexelError } from '../../util/errors.js';

export const HIERARCHICAL_AT = [1, 2, 5, 10] as const;

/** hp@k of every image's answers, averaged; as {@link hierarchicalHits}, whose sums it takes. */
export function hierarchicalPrecision(
  scores: Float64Array,
  truth: number,
  superclassOf: readonly number[],
  ks: readonly number[] = HIERARCHICAL_AT,
): number[] {
  const sums = hierarchicalHits(scores, truth, superclassOf, ks);
  return precisionOf(sums, scores.length / superclassOf.length, ks);
}

/** From the sums over so many images. */
export function precisionOf(
  sums: ArrayLike<number>,
  images: number,
  ks: readonly number[] = HIERARCHICAL_AT,
): number[] {
  return ks.map((k, q) => sums[q] / (k * images));
}

/**
 * How many of each image's k best answers lie in S, summed over images. Labels with the same score stand in random order:
 * expected values.
 *
 * @param scores [n, labels]; −∞ of labels that are no candidates, in every row alike.
 * @param truth the true label of all n images: a candidate.
 * @param superclassOf [labels]
 * @returns one value for each of `ks`.
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

/** hp@k of answers at random, of `count` labels with `size` of them in the superclass. */
export function hierarchicalChance(
  size: number,
  count: number,
  ks: readonly number[] = HIERARCHICAL_AT,
): number[] {
  return ks.map((k) => (k === 1 ? 1 / count : (Math.min(k, count) * size) / count / k));
}

/** The best that hp@k can be with `size` labels in the superclass. */
export function hierarchicalBest(size: number, ks: readonly number[] = HIERARCHICAL_AT): number[] {
  return ks.map((k) => (k === 1 ? 1 : Math.min(k, size) / k));
}
