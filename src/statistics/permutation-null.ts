/**
 * The permutation null (docs/DEFINITIONS.md): each fold's held-out vectors permuted among its members, the outputs
 * unchanged, many times. Where the true pairing stands outside what the permutations give, the outputs know which class is
 * which; no training is needed to see it.
 */
import { quantileSorted } from 'simple-statistics';
import { z } from 'zod';
import { deriveKey, Random } from '../util/random.js';
import type { DeepReadonly } from '../util/read-only.js';
import { count, recordOf } from '../util/schema-parts.js';
import { aggregate, aggregateRows } from './aggregate.js';
import { measureOf, STATISTICS, type Statistic } from './measures.js';
import type { PairTable } from './pair-table.js';

/**
 * What the permutations gave for one statistic. Mean and interval are NaN where some permutation leaves no class that has the
 * statistic: two held-out words, one of them without a direction, have no AUSUC once they are exchanged.
 */
export const nullIntervalSchema = z.object({
  mean: z.number(),
  /** Central 95 % of the permutations. */
  low: z.number(),
  high: z.number(),
  /** (1 + permutations at least as good as the result) / (1 + permutations). */
  p: z.number(),
});
export type NullInterval = DeepReadonly<z.infer<typeof nullIntervalSchema>>;

export const permutationNullSchema = z.object({
  permutations: count,
  /** Of the statistics that the run has. */
  intervals: recordOf(STATISTICS, nullIntervalSchema).partial(),
});
export type PermutationNull = DeepReadonly<z.infer<typeof permutationNullSchema>>;

export const DEFAULT_PERMUTATIONS = 2000;

/**
 * Permutes the vectors of every fold of two or more held-out classes.
 * @param seed the run's; equal seeds give equal permutations.
 * @returns null when every fold holds out one class only (`loo`): there is nothing to permute.
 */
export function computePermutationNull(
  tables: readonly PairTable[],
  seed: number,
  permutations = DEFAULT_PERMUTATIONS,
): PermutationNull | null {
  const permute = permuter(
    tables.map(({ own }) => own.length),
    seed,
  );
  if (!permute) return null;
  const observed = aggregate(tables.flatMap(({ own }) => own));
  const values = new Map<Statistic, Float64Array>(
    STATISTICS.map((name) => [name, new Float64Array(permutations)]),
  );
  for (let n = 0; n < permutations; n++) {
    const orders = permute();
    const permuted = aggregateRows(
      tables.map(({ own, pairs }, f) => ({
        columns: pairs,
        at: orders[f].map((v, c) => c * own.length + v),
      })),
    );
    for (const name of STATISTICS) values.get(name)![n] = permuted[name] ?? Number.NaN;
  }
  const intervals: Partial<Record<Statistic, NullInterval>> = {};
  for (const name of STATISTICS) {
    const result = observed[name];
    // Ranks by distance only stand beside those by cosine.
    const interval =
      result === null || measureOf(name).isEuclidean
        ? null
        : intervalOf(values.get(name)!, result, measureOf(name).lowerIsBetter);
    if (interval) intervals[name] = interval;
  }
  return { permutations, intervals };
}

/** tables[f][c][v]: what fold f's c-th held-out class adds when it bears the name of the v-th. */
export type PermutationTables = readonly (readonly (readonly number[])[])[];

/**
 * The same for any sum over held-out classes. Equal seeds give equal permutations, whatever the tables.
 * @param lower whether smaller is better.
 * @returns null when every fold holds out one class only.
 */
export function permutationInterval(
  tables: PermutationTables,
  seed: number,
  permutations: number,
  lower = false,
): NullInterval | null {
  const permute = permuter(
    tables.map((table) => table.length),
    seed,
  );
  if (!permute) return null;
  const sum = (orders: readonly ArrayLike<number>[]) => {
    let total = 0;
    for (const [f, table] of tables.entries())
      for (let c = 0; c < table.length; c++) total += table[c][orders[f][c]];
    return total;
  };
  const observed = sum(tables.map((table) => table.map((_, i) => i)));
  return intervalOf(
    Float64Array.from({ length: permutations }, () => sum(permute())),
    observed,
    lower,
  );
}

/**
 * Permutes the vectors of each fold among its held-out classes, of which it has so many. Every call gives one permutation: for
 * each class of each fold the place of the vector that it was given. Null where every fold holds out one class only.
 */
function permuter(sizes: readonly number[], seed: number): (() => readonly Int32Array[]) | null {
  if (sizes.every((size) => size < 2)) return null;
  // The null's earlier name: another one would draw other permutations, and so change every published null.
  const random = new Random(deriveKey(seed, 'swap-null'));
  const orders = sizes.map((size) => Int32Array.from({ length: size }, (_, i) => i));
  return () => orders.map((order) => random.shuffle(order));
}

/**
 * How a result stands among permutations; those that leave nothing to measure (a name without a direction) do not count.
 * `lower`: smaller is better.
 * @returns null where none is left
 */
export function intervalOf(values: Float64Array, result: number, lower: boolean): NullInterval | null {
  const sorted = [...values].filter((v) => !Number.isNaN(v)).sort((a, b) => a - b);
  if (sorted.length === 0) return null;
  // Sums of the same numbers in another order may differ in their last bits: those permutations count as equally good.
  const slack = 1e-12 * Math.max(1, Math.abs(result));
  const asGood = sorted.filter((v) => (lower ? v <= result + slack : v >= result - slack)).length;
  return {
    mean: sorted.reduce((sum, v) => sum + v, 0) / sorted.length,
    low: quantileSorted(sorted, 0.025),
    high: quantileSorted(sorted, 0.975),
    p: (1 + asGood) / (1 + sorted.length),
  };
}
