/**
 * The measures of a run: what each is of one held-out class, how classes make one number of the run, what no transfer would
 * give, and how it is named. One table for the headline, its nulls and intervals, comparisons, seeds, the report and the CSV.
 * Definitions: docs/DEFINITIONS.md.
 */

import type { Measures, RankMeasures, WordRanks } from './class-measures.js';

/**
 * What a measure is about, and so where it stands: ranks among two sets of candidates, seen and unseen classes together,
 * direction and size, the loss alone.
 */
export const GROUPS = ['all', 'held-out', 'seen-unseen', 'direction', 'loss'] as const;
export type MeasureGroup = (typeof GROUPS)[number];

/** A rank from 1 on, a share of 1, a change relative to where it began, a mean count, the area under a curve, another number. */
export const UNITS = ['rank', 'share', 'change', 'count', 'area', 'number'] as const;
export type Unit = (typeof UNITS)[number];

/** What a measure reads of a class. `heldOut` is null where a fold has one candidate; what has no direction is NaN. */
export type MeasuredNumbers = Pick<
  Measures,
  'initialLoss' | 'finalLoss' | 'meanVectorLoss' | 'centredCosine' | 'all' | 'heldOut' | 'withSeen'
> & {
  /** Of a class among all of its run; null where these are too few. */
  readonly calibratedSkill?: number | null;
};

export interface Measure {
  readonly label: string;
  readonly group: MeasureGroup;
  readonly unit: Unit;
  readonly lowerIsBetter: boolean;
  /** Of one class: NaN where its word has no direction, null where it is not defined. */
  readonly of: (entry: MeasuredNumbers) => number | null;
  /** Of points in the recipe's own space, whichever reading is asked for: it compares sizes, and others have none. */
  readonly ofOwnReading?: true;
  /**
   * How classes make one number: their mean, their median, or the mean of what is fitted to all classes but one
   * (calibration.ts).
   */
  readonly over: 'mean' | 'median' | 'cross-fitted mean';
  /**
   * Expected without transfer: by ranking so many candidates at random (`labels`: how many there are in all), or a number;
   * null where the mean vector's is shown.
   */
  readonly chance: ((candidates: number, labels: number) => number) | number | null;
  /** Its column in classes.csv; null where another column has it. */
  readonly column: string | null;
  /** The same by Euclidean distance of raw outputs, shown beside it. */
  readonly euclidean?: string;
  /** Stands beside another one, not in a row of its own. */
  readonly isEuclidean?: true;
  /** Compared between runs: means the same in every recipe's space, and is no repetition. */
  readonly compared: boolean;
}

const NAMES = { all: 'all', 'held-out': 'held_out' } as const;

function ranking(
  group: 'all' | 'held-out',
  key: keyof RankMeasures,
  more: Pick<Measure, 'label' | 'euclidean' | 'isEuclidean'> & { compared?: boolean; at?: number },
): Measure {
  const { at, compared = false, ...names } = more;
  const column = key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  return {
    ...names,
    group,
    unit: at === undefined ? 'rank' : 'share',
    lowerIsBetter: at === undefined,
    of: (entry) => (group === 'all' ? entry.all[key] : (entry.heldOut?.[key] ?? null)),
    over: 'mean',
    chance: (n) => (at === undefined ? (n + 1) / 2 : Math.min(1, at / n)),
    column: `${column}_${NAMES[group]}`,
    compared,
  };
}

/** Among all labels once two constants are taken from seen and unseen labels (zero-shot/two-constants.ts). */
function withTwoConstants(
  key: keyof WordRanks,
  more: { label: string; compared?: boolean; at?: number },
): Measure {
  const plain = ranking('all', key, more);
  return {
    ...plain,
    label: `${more.label}, two constants`,
    of: (entry) => entry.withSeen?.twoConstants[key] ?? null,
    column: `${plain.column}_two_constants`,
  };
}

/** (loss − start) / start; 0 where the start was already without loss. */
export function relativeChange(loss: number, start: number): number {
  return start > 0 ? (loss - start) / start : 0;
}

/** 1 − LE / Lm; 0 where the class's vector is the mean vector. */
export function skillOf({
  finalLoss,
  meanVectorLoss,
}: Pick<Measures, 'finalLoss' | 'meanVectorLoss'>): number {
  return meanVectorLoss > 0 ? 1 - finalLoss / meanVectorLoss : 0;
}

export const MEASURES = {
  rank: ranking('all', 'rank', { label: 'mean rank', euclidean: 'euclideanRank', compared: true }),
  twoConstantsRank: withTwoConstants('rank', { label: 'mean rank' }),
  hit1: ranking('all', 'hit1', { label: 'hit@1', at: 1, euclidean: 'euclideanHit1', compared: true }),
  twoConstantsHit1: withTwoConstants('hit1', { label: 'hit@1', at: 1 }),
  hit5: ranking('all', 'hit5', { label: 'hit@5', at: 5, compared: true }),
  twoConstantsHit5: withTwoConstants('hit5', { label: 'hit@5', at: 5, compared: true }),
  hit10: ranking('all', 'hit10', { label: 'hit@10', at: 10 }),
  twoConstantsHit10: withTwoConstants('hit10', { label: 'hit@10', at: 10 }),
  euclideanRank: ranking('all', 'euclideanRank', { label: 'mean rank by distance', isEuclidean: true }),
  euclideanHit1: ranking('all', 'euclideanHit1', { label: 'hit@1 by distance', at: 1, isEuclidean: true }),
  heldOutRank: ranking('held-out', 'rank', {
    label: 'mean rank',
    euclidean: 'heldOutEuclideanRank',
    compared: true,
  }),
  heldOutHit1: ranking('held-out', 'hit1', {
    label: 'hit@1',
    at: 1,
    euclidean: 'heldOutEuclideanHit1',
    compared: true,
  }),
  heldOutHit5: ranking('held-out', 'hit5', { label: 'hit@5', at: 5, compared: true }),
  heldOutHit10: ranking('held-out', 'hit10', { label: 'hit@10', at: 10 }),
  heldOutEuclideanRank: ranking('held-out', 'euclideanRank', {
    label: 'mean rank by distance',
    isEuclidean: true,
  }),
  heldOutEuclideanHit1: ranking('held-out', 'euclideanHit1', {
    label: 'hit@1 by distance',
    at: 1,
    isEuclidean: true,
  }),
  ausuc: {
    label: 'AUSUC',
    group: 'seen-unseen',
    unit: 'area',
    lowerIsBetter: false,
    of: (entry) => entry.withSeen?.ausuc ?? null,
    over: 'mean',
    // The straight line from 1 / seen labels to 1 / unseen labels.
    chance: (unseen, labels) => 1 / (2 * unseen * (labels - unseen)),
    column: 'ausuc',
    compared: true,
  },
  centredCosine: {
    label: 'centred cosine',
    group: 'direction',
    unit: 'number',
    lowerIsBetter: false,
    of: (entry) => entry.centredCosine,
    over: 'mean',
    chance: 0,
    column: 'centred_cosine',
    compared: true,
  },
  calibratedSkill: {
    label: 'calibrated skill',
    group: 'direction',
    unit: 'number',
    lowerIsBetter: false,
    of: (entry) => entry.calibratedSkill ?? null,
    ofOwnReading: true,
    over: 'cross-fitted mean',
    chance: 0,
    column: 'calibrated_skill',
    compared: false,
  },
  skill: {
    label: 'skill',
    group: 'loss',
    unit: 'number',
    lowerIsBetter: false,
    of: skillOf,
    ofOwnReading: true,
    over: 'mean',
    chance: 0,
    column: 'skill',
    compared: false,
  },
  relativeChange: {
    label: 'median relative change',
    group: 'loss',
    unit: 'change',
    lowerIsBetter: true,
    of: (entry) => relativeChange(entry.finalLoss, entry.initialLoss),
    ofOwnReading: true,
    over: 'median',
    chance: null,
    // change_from_initial, with those from other starts.
    column: null,
    compared: false,
  },
} satisfies Record<string, Measure>;

export type Statistic = keyof typeof MEASURES;
export const STATISTICS = Object.keys(MEASURES) as Statistic[];

/** An entry without the type of its own. */
export const measureOf = (name: Statistic): Measure => MEASURES[name];

/** Those with a row of their own, group by group. */
export function statisticsIn(group: MeasureGroup): Statistic[] {
  return STATISTICS.filter((name) => measureOf(name).group === group && !measureOf(name).isEuclidean);
}

/** What a group's rows are headed by. `whose`: whose held-out labels the candidates are. */
export function groupTitle(
  group: MeasureGroup,
  candidates: { readonly all: number; readonly heldOut: number | null },
  whose: string,
): string {
  switch (group) {
    case 'all':
      return `true word among all ${candidates.all} labels`;
    case 'held-out':
      return `true word among ${whose}${candidates.heldOut === null ? '' : ` ${candidates.heldOut}`} held-out labels`;
    case 'seen-unseen':
      return 'seen and unseen classes together';
    case 'direction':
      return 'direction and size';
    case 'loss':
      return 'loss alone';
    default:
      return group satisfies never;
  }
}
