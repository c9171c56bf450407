/**
 * The swap null (DESIGN "Definitions"): each fold's held-out vectors dealt among its members at random, the outputs
 * unchanged, many times. Where the true pairing stands outside what the deals give, the outputs know which class is
 * which; no training is needed to see it.
 */
import { quantileSorted } from 'simple-statistics';
import { deriveKey, Random } from '../util/random.js';
import { aggregate } from './aggregate.js';
import { measureOf, STATISTICS, type Statistic } from './measures.js';
import type { Measures, PairTable } from './pair-table.js';

/** What the deals gave for one statistic. */
export interface NullInterval {
  readonly mean: number;
  /** Central 95 % of the deals. */
  readonly low: number;
  readonly high: number;
  /** (1 + deals at least as good as the result) / (1 + deals). */
  readonly p: number;
}

export interface SwapNull {
  readonly deals: number;
  readonly intervals: Partial<Record<Statistic, NullInterval>>;
}

export const DEFAULT_DEALS = 2000;

/**
 * Deals the vectors of every fold of two or more held-out classes.
 * @param seed the run's; equal seeds give equal deals.
 * @returns null when every fold holds out one class only (`loo`): there is nothing to deal.
 */
export function swapNull(tables: readonly PairTable[], seed: number, deals = DEFAULT_DEALS): SwapNull | null {
  if (tables.every((table) => table.length < 2)) return null;
  const observed = aggregate(tables.flatMap((table) => table.map((row, i) => row[i])));
  const random = new Random(deriveKey(seed, 'swap-null'));
  const orders = tables.map((table) => Int32Array.from(table, (_, i) => i));
  const values = new Map<Statistic, Float64Array>(STATISTICS.map((name) => [name, new Float64Array(deals)]));
  for (let deal = 0; deal < deals; deal++) {
    const entries: Measures[] = [];
    for (const [f, table] of tables.entries()) {
      const order = random.shuffle(orders[f]);
      for (const [c, row] of table.entries()) entries.push(row[order[c]]);
    }
    const dealt = aggregate(entries);
    for (const name of STATISTICS) values.get(name)![deal] = dealt[name] ?? Number.NaN;
  }
  const intervals: Partial<Record<Statistic, NullInterval>> = {};
  for (const name of STATISTICS) {
    const result = observed[name];
    if (result !== null)
      intervals[name] = intervalOf(values.get(name)!, result, measureOf(name).lowerIsBetter);
  }
  return { deals, intervals };
}

/** How a result stands among deals. `lower`: smaller is better. */
export function intervalOf(values: Float64Array, result: number, lower: boolean): NullInterval {
  const sorted = [...values].sort((a, b) => a - b);
  // Sums of the same numbers in another order may differ in their last bits: those deals count as equally good.
  const slack = 1e-12 * Math.max(1, Math.abs(result));
  const asGood = sorted.filter((v) => (lower ? v <= result + slack : v >= result - slack)).length;
  return {
    mean: sorted.reduce((sum, v) => sum + v, 0) / sorted.length,
    low: quantileSorted(sorted, 0.025),
    high: quantileSorted(sorted, 0.975),
    p: (1 + asGood) / (1 + sorted.length),
  };
}
