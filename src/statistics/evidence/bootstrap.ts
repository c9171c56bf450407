/**
 * Bootstrap over units (Efron & Tibshirani 1993, chapter 13), which are superclasses or classes (units.ts).
 * Units are drawn with replacement, each statistic is computed from the drawn sample, and the central 95 % of
 * its values are the percentile interval. BCa is not used, because its acceleration is not defined for
 * medians and other quantiles, which the poster reports.
 */
import { quantileSorted } from 'simple-statistics';
import { deriveKey, Random } from '../../util/random.js';
import type { DeepReadonly } from '../../util/read-only.js';
import * as z from '../../util/zod.js';
import type { ResamplingUnits } from './units.js';

/** The central 95 % of the values. */
export const intervalSchema = z.object({ low: z.number(), high: z.number() });
export type Interval = DeepReadonly<z.infer<typeof intervalSchema>>;

export const RESAMPLES = 10_000;

/** How often each entry was drawn, by index. */
export type Draw = Int32Array;

/** A statistic of a drawn sample; null if it is undefined for the sample. */
export type SampleStatistic = (draw: Draw) => number | null;

export interface BootstrapOptions {
  /** The run's seed; equal seeds give equal draws. */
  readonly seed: number;
  /** Default {@link RESAMPLES}. */
  readonly resamples?: number;
}

/**
 * Intervals of several statistics, all from the same draws.
 * @param units the entries that are drawn together
 * @returns null for a statistic that is undefined for some draw, and for all of them, without a draw, if there
 * is only one unit
 */
export function bootstrap<K extends string>(
  units: ResamplingUnits,
  statistics: Readonly<Record<K, SampleStatistic>>,
  options: BootstrapOptions,
): Record<K, Interval | null> {
  const resamples = options.resamples ?? RESAMPLES;
  const names = Object.keys(statistics) as K[];
  if (units.count < 2) return Object.fromEntries(names.map((name) => [name, null])) as Record<K, null>;
  const values = names.map(() => new Float64Array(resamples));
  const random = new Random(deriveKey(options.seed, 'bootstrap'));
  const counts = new Int32Array(units.count);
  const draw = new Int32Array(units.of.length);
  for (let r = 0; r < resamples; r++) {
    drawUnits(random, counts);
    for (const [i, unit] of units.of.entries()) draw[i] = counts[unit];
    for (const [s, name] of names.entries()) values[s][r] = statistics[name](draw) ?? Number.NaN;
  }
  return Object.fromEntries(names.map((name, s) => [name, percentileInterval(values[s])])) as Record<
    K,
    Interval | null
  >;
}

/** Draws as many units as there are, with replacement, and counts how often each was drawn. */
export function drawUnits(random: Random, counts: Int32Array): void {
  counts.fill(0);
  for (let i = 0; i < counts.length; i++) counts[random.below(counts.length)]++;
}

/** Central 95 % of the values, which are sorted in place; null if one of them is NaN. */
export function percentileInterval(values: Float64Array): Interval | null {
  if (values.length === 0 || values.some(Number.isNaN)) return null;
  const sorted = values.sort() as unknown as number[];
  return { low: quantileSorted(sorted, 0.025), high: quantileSorted(sorted, 0.975) };
}

/** Bootstrap interval of the mean of paired differences. */
export function meanInterval(
  values: readonly number[],
  units: ResamplingUnits,
  options: BootstrapOptions,
): Interval | null {
  const column = new Column(values);
  return bootstrap(units, { mean: (draw) => column.mean(draw) }, options).mean;
}

/**
 * One number per entry, sorted once, so that the order statistics of a draw need no sorting. Entries without
 * a number are NaN and are skipped.
 */
export class Column {
  private readonly order: Int32Array;
  private readonly buffer: Float64Array;

  constructor(private readonly values: readonly number[]) {
    const there = [...values.keys()].filter((i) => !Number.isNaN(values[i]));
    this.order = Int32Array.from(there.sort((a, b) => values[a] - values[b]));
    this.buffer = new Float64Array(values.length);
  }

  /** Mean of the drawn values; null if no value was drawn. */
  mean(draw: Draw): number | null {
    let sum = 0;
    let count = 0;
    for (const i of this.order) {
      sum += draw[i] * this.values[i];
      count += draw[i];
    }
    return count > 0 ? sum / count : null;
  }

  /**
   * Number of values below `limit`, estimated as the drawn share times the number of values, because draws of
   * units of unequal size differ in size. Null if no value was drawn.
   */
  below(draw: Draw, limit: number): number | null {
    let below = 0;
    let all = 0;
    for (const i of this.order) {
      if (this.values[i] < limit) below += draw[i];
      all += draw[i];
    }
    return all > 0 ? (below / all) * this.order.length : null;
  }

  /** The drawn values in ascending order; valid until the next call. */
  sorted(draw: Draw): Float64Array {
    let sum = 0;
    for (const i of this.order) sum += draw[i];
    const out = sum <= this.buffer.length ? this.buffer.subarray(0, sum) : new Float64Array(sum);
    let at = 0;
    for (const i of this.order) {
      for (let k = draw[i]; k > 0; k--) out[at++] = this.values[i];
    }
    return out;
  }

  /** Quantile of the drawn values, as simple-statistics defines it; null if no value was drawn. */
  quantile(draw: Draw, p: number): number | null {
    const sorted = this.sorted(draw);
    return sorted.length > 0 ? quantileSorted(sorted as unknown as number[], p) : null;
  }
}
