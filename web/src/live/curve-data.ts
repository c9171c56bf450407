/** What the curves of a run draw: a measure by epoch, for each fold and their median. */

import type { LiveFold } from '../../../src/server/messages/live.js';

type Measure = 'loss' | 'skill' | 'rank' | 'hit1' | 'hit5';

export interface CurveKind {
  readonly name: string;
  readonly label: string;
  readonly share?: true;
  /** The level without transfer, among so many words: with its name. Null: there is none. */
  readonly chance: (words: number | null) => { readonly value: number; readonly name: string } | null;
}

const byChance = (of: (words: number) => number) => (words: number | null) =>
  words === null ? null : { value: of(words), name: 'chance' };

export const KINDS: Readonly<Record<Measure, CurveKind>> = {
  loss: { name: 'Loss', label: 'held-out loss (MSE)', chance: () => null },
  skill: {
    name: 'Skill',
    label: 'skill',
    chance: () => ({ value: 0, name: 'always answering the mean word' }),
  },
  rank: { name: 'Rank', label: 'mean rank among all words', chance: byChance((n) => (n + 1) / 2) },
  hit1: { name: 'hit@1', label: 'hit@1 among all words, %', share: true, chance: byChance((n) => 1 / n) },
  hit5: {
    name: 'hit@5',
    label: 'hit@5 among all words, %',
    share: true,
    chance: byChance((n) => Math.min(1, 5 / n)),
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
  const median = epochs.map((_, epoch) => {
    const values = curves.flatMap((curve) => curve[epoch] ?? []).sort((a, b) => a - b);
    const middle = values.length >> 1;
    if (values.length === 0) return null;
    return values.length % 2 === 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
  });
  return { epochs, folds: curves, median };
}
