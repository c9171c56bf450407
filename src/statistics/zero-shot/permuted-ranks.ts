/** The permutation null of ranks over held-out classes. */
import type { WordRanks } from '../class-measures.js';
import { type NullInterval, permutationInterval } from '../permutation-null.js';
import { RANK_KEYS } from './scores.js';

/** The permutation null of the mean rank and the hits over all held-out classes. */
export function permutedRanks(
  tables: readonly (readonly (readonly WordRanks[])[])[],
  seed: number,
  permutations: number,
): Record<keyof WordRanks, NullInterval> | null {
  // A word without a direction has no rank (NaN), so a class with that name is skipped in the permutation.
  const classes = tables.reduce(
    (sum, [row]) => sum + row.filter(({ rank }) => !Number.isNaN(rank)).length,
    0,
  );
  const entries = RANK_KEYS.map((key) => {
    const scaled = tables.map((table) =>
      table.map((row) => row.map((cell) => (Number.isNaN(cell[key]) ? 0 : cell[key] / classes))),
    );
    return [key, permutationInterval(scaled, seed, permutations, key === 'rank')] as const;
  });
  if (entries.some(([, interval]) => interval === null)) return null;
  return Object.fromEntries(entries) as Record<keyof WordRanks, NullInterval>;
}
