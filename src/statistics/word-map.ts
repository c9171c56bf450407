/** A map of words and class means in two dimensions, by principal components. */

import { fitPca, projectPca } from '../layout/index.js';
import { meanRow } from '../util/metrics.js';
import type { FoldData, RunData } from './load.js';

type Place = readonly [x: number, y: number];

export interface MappedClass {
  readonly label: string;
  readonly word: Place;
  /** Where the mean output for the class's test images lies, by the network that was trained without it; null if seen. */
  readonly mean: Place | null;
  /** Cosine of the word with the mean output in all dimensions; null if seen. */
  readonly cosine: number | null;
}

export interface WordMap {
  /** Classes whose word has a direction, in the order of the labels. */
  readonly classes: readonly MappedClass[];
  /** Share of the variance of all words and class means that the two axes show. */
  readonly explained: number;
  /** The folds that are shown. */
  readonly folds: readonly string[];
  /** Number of finished folds that are not. */
  readonly otherFolds: number;
}

/** Why a run has no map: a message without a full stop. */
export interface NoWordMap {
  readonly reason: string;
}

/**
 * Words and mean outputs are taken in the recipe's space, minus the mean of the fold's seen words, at unit length: what
 * ranks compare, by the network's own reading. All folds share one map, except where every fold has axes of its own
 * (recipes that transform the space); then only the first is shown. Axes have the sign that makes their largest
 * component positive, so that the same run gives the same map.
 */
export function wordMap(data: RunData): WordMap | NoWordMap {
  const kept = data.folds.filter(({ answers }) => answers !== null);
  if (kept.length === 0)
    return {
      reason:
        'only records of the folds are kept, without the outputs of the network; the run directory in which they were trained has them',
    };
  const folds = kept.some(({ space }) => space.numbers.matrix !== null) ? kept.slice(0, 1) : kept;
  const { classes } = data.run.run.dataset;
  const words = new Map<number, number[]>();
  const means = new Map<number, number[]>();
  for (const fold of folds) {
    for (const { index, last } of fold.answers!.heldOut) {
      if (fold.space.directionless.has(index) || means.has(index)) continue;
      words.set(index, wordOf(fold, index));
      means.set(index, unit(meanRow(last, fold.space.dimension), fold.mu));
    }
  }
  for (const index of classes.keys())
    if (!words.has(index) && !folds[0].space.directionless.has(index))
      words.set(index, wordOf(folds[0], index));
  if (words.size + means.size < 3) return { reason: 'a map needs at least three words' };
  const order = [...words.keys()].sort((a, b) => a - b);
  const held = order.filter((index) => means.has(index));
  const rows = [...order.map((index) => words.get(index)!), ...held.map((index) => means.get(index)!)];
  const { places, explained } = twoAxes(rows);
  const meanOf = new Map(held.map((index, i) => [index, places[order.length + i]]));
  return {
    classes: order.map((index, i) => ({
      label: classes[index],
      word: places[i],
      mean: meanOf.get(index) ?? null,
      cosine: means.has(index) ? dot(words.get(index)!, means.get(index)!) : null,
    })),
    explained,
    folds: folds.map(({ record }) => record.id),
    otherFolds: data.folds.length - folds.length,
  };
}

function wordOf({ space, mu }: FoldData, index: number): number[] {
  const { targets, dimension: d } = space;
  return unit(targets.subarray(index * d, (index + 1) * d), mu);
}

/** The row minus μ, at unit length; zeros if it equals μ. */
function unit(row: ArrayLike<number>, mu: Float64Array): number[] {
  const centred = Array.from(mu, (m, j) => row[j] - m);
  const length = Math.hypot(...centred);
  return length > 0 ? centred.map((value) => value / length) : centred;
}

const dot = (a: readonly number[], b: readonly number[]) =>
  a.reduce((sum, value, j) => sum + value * b[j], 0);

/** The first two principal components of rows. */
function twoAxes(rows: readonly (readonly number[])[]): { places: Place[]; explained: number } {
  const flat = Float64Array.from(rows.flat());
  const axes = fitPca(flat, rows[0].length);
  const places = projectPca(flat, axes);
  return {
    places: rows.map((_, i): Place => [places[2 * i], places[2 * i + 1]]),
    explained: axes.explained[0] + axes.explained[1],
  };
}
