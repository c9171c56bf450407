/**
 * Wilcoxon signed-rank tests over classes with their effect size, and Holm's correction. The test is
 * `@stdlib/stats-wilcoxon`: exact up to 50 pairs without ties or zeros, else the normal approximation with continuity
 * and tie corrections; pairs without a difference are dropped, as Wilcoxon did.
 */
import wilcoxon from '@stdlib/stats-wilcoxon';

export interface SignedRankTest {
  /** Pairs, and how many of them differ. */
  readonly pairs: number;
  readonly differing: number;
  /** Sum of the ranks of positive differences. */
  readonly statistic: number;
  /** Two-sided. */
  readonly p: number;
  /**
   * Matched-pairs rank-biserial correlation (Kerby 2014): the rank sum of the positive differences less that of the
   * negative, over both. From −1 (all negative) to 1 (all positive).
   */
  readonly rankBiserial: number;
}

/** Tests whether differences are symmetric about zero; null where fewer than two are not zero. */
export function signedRank(differences: readonly number[]): SignedRankTest | null {
  const differing = differences.filter((x) => x !== 0);
  if (differing.length < 2) return null;
  const { pValue, statistic } = wilcoxon(differing);
  const all = (differing.length * (differing.length + 1)) / 2;
  return {
    pairs: differences.length,
    differing: differing.length,
    statistic,
    // Where the sum stands exactly in the middle, doubling one side gives more than 1.
    p: Math.min(1, pValue),
    rankBiserial: (2 * statistic) / all - 1,
  };
}

/** Holm's step-down correction (1979), in the order given; null (no test) takes no part. */
export function holm(ps: readonly (number | null)[]): (number | null)[] {
  const order = [...ps.keys()].filter((i) => ps[i] !== null).sort((a, b) => ps[a]! - ps[b]!);
  const adjusted: (number | null)[] = ps.map(() => null);
  let largest = 0;
  for (const [k, i] of order.entries()) {
    largest = Math.max(largest, Math.min(1, (order.length - k) * ps[i]!));
    adjusted[i] = largest;
  }
  return adjusted;
}
