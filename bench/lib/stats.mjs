// Medians, and the interleaving of contenders.

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

/** Median over rounds of a[round] / b[round], so that a slowdown of a whole round cancels out. */
export const medianRatio = (a, b) => median(a.map((value, round) => value / b[round]));

/**
 * A contender's threads may keep spinning after its turn (Intel's OpenMP up to 200 ms), so the next one
 * waits.
 */
const SETTLE_MS = 250;
const settle = () => new Promise((resolve) => setTimeout(resolve, SETTLE_MS));

/**
 * Runs every contender once per round, one at a time. Each round starts with another contender, so that none
 * always follows the same one.
 * @returns for each contender, its results in the order of rounds
 */
export async function interleave(contenders, rounds, runOne) {
  const results = contenders.map(() => []);
  for (let round = 0; round < rounds; round++) {
    for (let i = 0; i < contenders.length; i++) {
      const which = (i + round) % contenders.length;
      await settle();
      results[which].push(await runOne(contenders[which], round));
    }
  }
  return results;
}
