/**
 * The permutation null (docs/DEFINITIONS.md): the vectors of each fold's held-out classes are permuted many
 * times, with the outputs unchanged. If the true assignment lies outside the range of the permutations, the
 * outputs distinguish the classes. This needs no training.
 */
import { quantileSorted } from 'simple-statistics';
import { deriveKey, Random } from '../util/random.js';
import type { DeepReadonly } from '../util/read-only.js';
import { count, recordOf } from '../util/schema-parts.js';
import * as z from '../util/zod.js';
import { aggregate, aggregateRows } from './aggregate.js';
import { measureOf, STATISTICS, type Statistic } from './measures.js';
import type { PairTable } from './pair-table.js';

/**
 * The distribution of one statistic over the permutations. Mean and interval are NaN if the statistic is
 * undefined for some permutation: for example, if a fold holds out two words and one has no direction, there
 * is no AUSUC once they are exchanged.
 */
export const nullIntervalSchema = z.object({
  mean: z.number(),
  /** Ends of the central 95 % of the permutations. */
  low: z.number(),
  high: z.number(),
  /** (1 + number of permutations at least as good as the result) / (1 + number of permutations). */
  p: z.number(),
});
export type NullInterval = DeepReadonly<z.infer<typeof nullIntervalSchema>>;

export const permutationNullSchema = z.object({
  permutations: count,
  /** One interval for each statistic of the run. */
  intervals: recordOf(STATISTICS, nullIntervalSchema).partial(),
});
export type PermutationNull = DeepReadonly<z.infer<typeof permutationNullSchema>>;

export const DEFAULT_PERMUTATIONS = 2000;

/**
 * Permutes the vectors of every fold with at least two held-out classes.
 * @param seed the run's seed; equal seeds give equal permutations
 * @returns null if every fold holds out only one class (`loo`), because then there is nothing to permute
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
    // Ranks by distance are only shown beside those by cosine and need no null.
    const interval =
      result === null || measureOf(name).isEuclidean
        ? null
        : intervalOf(values.get(name)!, result, measureOf(name).lowerIsBetter);
    if (interval) intervals[name] = interval;
  }
  return { permutations, intervals };
}

/** tables[f][c][v]: the contribution of class c of fold f under the name of class v. */
export type PermutationTables = readonly (readonly (readonly number[])[])[];

/**
 * The same null for any sum over held-out classes. Equal seeds give equal permutations for all tables.
 * @param lower whether smaller is better
 * @returns null if every fold holds out only one class
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
 * Permutes the vectors of each fold among its held-out classes. `sizes` has the number of classes per fold.
 * Each call of the returned function gives one permutation: for each class of each fold, the index of the
 * assigned vector. Returns null if every fold holds out only one class.
 */
function permuter(sizes: readonly number[], seed: number): (() => readonly Int32Array[]) | null {
  if (sizes.every((size) => size < 2)) return null;
  // The null's earlier name. A new key would draw other permutations and change every published null.
  const random = new Random(deriveKey(seed, 'swap-null'));
  const orders = sizes.map((size) => Int32Array.from({ length: size }, (_, i) => i));
  return () => orders.map((order) => random.shuffle(order));
}

/**
 * The position of a result among the permutations. Permutations without a value (a name without a direction)
 * do not count.
 * `lower`: smaller is better.
 * @returns null if no permutation has a value
 */
export function intervalOf(values: Float64Array, result: number, lower: boolean): NullInterval | null {
  const sorted = [...values].filter((v) => !Number.isNaN(v)).sort((a, b) => a - b);
  if (sorted.length === 0) return null;
  // The same numbers summed in another order may differ in the last bits; such permutations count as equally
  // good.
  const slack = 1e-12 * Math.max(1, Math.abs(result));
  const asGood = sorted.filter((v) => (lower ? v <= result + slack : v >= result - slack)).length;
  return {
    mean: sorted.reduce((sum, v) => sum + v, 0) / sorted.length,
    low: quantileSorted(sorted, 0.025),
    high: quantileSorted(sorted, 0.975),
    p: (1 + asGood) / (1 + sorted.length),
  };
}
