/** The swap null for any sum over held-out classes: see swap-null.ts, of which this is the general form. */
import { deriveKey, Random } from '../../util/random.js';
import { intervalOf, type NullInterval } from '../swap-null.js';
import { RANK_KEYS, type WordRanks } from './scores.js';

/** tables[f][c][v]: what fold f's c-th held-out class adds when it bears the name of the v-th. */
export type SwapTables = readonly (readonly (readonly number[])[])[];

/**
 * Deals the names of every fold's held-out classes at random and sums. Equal seeds deal alike, whatever the tables.
 * @param lower whether smaller is better.
 * @returns null when every fold holds out one class only.
 */
export function swapInterval(
  tables: SwapTables,
  seed: number,
  deals: number,
  lower = false,
): NullInterval | null {
  if (tables.every((table) => table.length < 2)) return null;
  const random = new Random(deriveKey(seed, 'swap-null'));
  const orders = tables.map((table) => Int32Array.from(table, (_, i) => i));
  const sumOf = (placed: (f: number) => Int32Array) => {
    let sum = 0;
    for (const [f, table] of tables.entries()) {
      const order = placed(f);
      for (const [c, row] of table.entries()) sum += row[order[c]];
    }
    return sum;
  };
  const observed = sumOf((f) => orders[f].slice().sort());
  const values = Float64Array.from({ length: deals }, () => sumOf((f) => random.shuffle(orders[f])));
  return intervalOf(values, observed, lower);
}

/** The null of the mean rank and hits over all held-out classes. */
export function swapRanks(
  tables: readonly (readonly (readonly WordRanks[])[])[],
  seed: number,
  deals: number,
): Record<keyof WordRanks, NullInterval> | null {
  // A word without a direction has no rank (NaN): whoever bears its name in a deal takes no part.
  const classes = tables.reduce(
    (sum, [row]) => sum + row.filter(({ rank }) => !Number.isNaN(rank)).length,
    0,
  );
  const entries = RANK_KEYS.map((key) => {
    const scaled = tables.map((table) =>
      table.map((row) => row.map((cell) => (Number.isNaN(cell[key]) ? 0 : cell[key] / classes))),
    );
    return [key, swapInterval(scaled, seed, deals, key === 'rank')] as const;
  });
  if (entries.some(([, interval]) => interval === null)) return null;
  return Object.fromEntries(entries) as Record<keyof WordRanks, NullInterval>;
}
