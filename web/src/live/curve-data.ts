/** What the curves of a run draw: a measure by epoch, for each fold and their median. */

import type { LiveFold } from '../../../src/server/messages/live.js';

type Measure = 'loss' | 'skill' | 'rank' | 'hit1' | 'hit5';

export interface CurveKind {
  readonly name: string;
  readonly label: string;
  readonly share?: true;
  /** The level without transfer; null if it is not known. */
  readonly level: (about: LevelOf) => Level | null;
}

export interface LevelOf {
  readonly folds: readonly LiveFold[];
  /** Number of words among which ranks are taken; null if it is not known. */
  readonly words: number | null;
}

export interface Level {
  /** In the unit of the measure; shares are percentages. */
  readonly value: number;
  readonly name: string;
}

const byChance =
  (of: (words: number) => number) =>
  ({ words }: LevelOf): Level | null =>
    words === null ? null : { value: of(words), name: 'chance' };

export const KINDS: Readonly<Record<Measure, CurveKind>> = {
  loss: {
    name: 'Loss',
    label: 'held-out loss (MSE)',
    level: ({ folds }) => {
      const value = medianOf(folds.flatMap(({ meanVectorLoss }) => meanVectorLoss ?? []));
      return value === null ? null : { value, name: 'mean-vector loss' };
    },
  },
  skill: {
    name: 'Skill',
    label: 'skill',
    level: () => ({ value: 0, name: 'always answering the mean vector' }),
  },
  rank: { name: 'Rank', label: 'mean rank among all words', level: byChance((n) => (n + 1) / 2) },
  hit1: { name: 'hit@1', label: 'hit@1 among all words, %', share: true, level: byChance((n) => 100 / n) },
  hit5: {
    name: 'hit@5',
    label: 'hit@5 among all words, %',
    share: true,
    level: byChance((n) => Math.min(100, 500 / n)),
  },
};

export const MEASURES = Object.keys(KINDS) as Measure[];
export type { Measure };

export interface CurveData {
  /** Epochs from 0. */
  readonly epochs: number[];
  /** [fold][epoch]; null where there is no value. */
  readonly folds: (number | null)[][];
  /** Over the folds that have the epoch. */
  readonly median: (number | null)[];
}

/** Shares become percentages. */
export function curveData(folds: readonly LiveFold[], measure: Measure): CurveData {
  const scale = KINDS[measure].share ? 100 : 1;
  const last = Math.max(0, ...folds.map(({ epochs }) => epochs));
  const epochs = Array.from({ length: last + 1 }, (_, epoch) => epoch);
  const curves = folds.map(({ points }) => {
    const byEpoch = new Map(points.map((point) => [point.epoch, point[measure]]));
    return epochs.map((epoch) => {
      const value = byEpoch.get(epoch);
      return value == null ? null : value * scale;
    });
  });
  const median = epochs.map((_, epoch) => medianOf(curves.flatMap((curve) => curve[epoch] ?? [])));
  return { epochs, folds: curves, median };
}

function medianOf(values: readonly number[]): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  if (sorted.length === 0) return null;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
