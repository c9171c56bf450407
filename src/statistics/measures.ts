/**
 * The table of measures: how each is computed for one held-out class, how classes are aggregated to one
 * number of the run, its value without transfer, and its name. The headline, its nulls and intervals,
 * comparisons, seeds, the report and the CSV all use this table. Definitions: docs/DEFINITIONS.md.
 */

import { hitChance } from '../util/metrics.js';
import type { Measures, RankMeasures, WordRanks } from './class-measures.js';

/**
 * The group of a measure, which decides where it is shown: ranks among two candidate sets, seen and unseen
 * classes together, direction and size, or only the loss.
 */
export const GROUPS = ['all', 'held-out', 'seen-unseen', 'direction', 'loss'] as const;
export type MeasureGroup = (typeof GROUPS)[number];

/**
 * A rank from 1, a share of 1, a change relative to the start, a mean count, the area under a curve, another
 * number.
 */
export const UNITS = ['rank', 'share', 'change', 'count', 'area', 'number'] as const;
export type Unit = (typeof UNITS)[number];

/**
 * The numbers of a class that measures read. `heldOut` is null if the fold has only one candidate; values
 * without a direction are NaN.
 */
export type MeasuredNumbers = Pick<
  Measures,
  'initialLoss' | 'finalLoss' | 'meanVectorLoss' | 'centredCosine' | 'all' | 'heldOut' | 'withSeen'
> & {
  /** The class's calibrated skill, fitted over the run; null if the run has too few classes. */
  readonly calibratedSkill?: number | null;
};

export interface Measure {
  readonly label: string;
  readonly group: MeasureGroup;
  readonly unit: Unit;
  readonly lowerIsBetter: boolean;
  /** The value for one class: NaN if its word has no direction, null if the measure is not defined. */
  readonly of: (entry: MeasuredNumbers) => number | null;
  /**
   * Always measured in the recipe's own space, whichever reading is chosen, because it compares sizes and
   * other readings have none.
   */
  readonly ofOwnReading?: true;
  /**
   * How classes are aggregated: their mean, their median, or the mean with a parameter fitted to all other
   * classes (calibration.ts).
   */
  readonly over: 'mean' | 'median' | 'cross-fitted mean';
  /**
   * The expected value without transfer: a function of the number of candidates (and of `labels`, the number
   * of all labels) that ranks at random, or a number; null if the mean vector's value is shown instead.
   */
  readonly chance: ((candidates: number, labels: number) => number) | number | null;
  /** Its column in classes.csv; null if another column contains it. */
  readonly column: string | null;
  /** The measure by Euclidean distance of raw outputs, shown beside this one. */
  readonly euclidean?: string;
  /** Shown beside another measure, without its own row. */
  readonly isEuclidean?: true;
  /**
   * Included in comparisons between runs: it means the same in every recipe's space and does not repeat
   * another measure.
   */
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
    chance: (n) => (at === undefined ? (n + 1) / 2 : hitChance(at, n)),
    column: `${column}_${NAMES[group]}`,
    compared,
  };
}

/**
 * Ranks among all labels after subtracting two constants, one for seen and one for unseen labels
 * (zero-shot/two-constants.ts).
 */
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

/**
 * Whether a value carries information. A hit@k among k candidates or fewer is 100 % whatever the network answers, and so is its
 * chance level; tables leave such rows out.
 */
export function isInformative(unit: Unit, chance: number | null): boolean {
  return unit !== 'share' || chance === null || chance < 1;
}

/** Whether hit@k among so many candidates carries information, see {@link isInformative}. */
export const tellsHit = (k: number, candidates: number): boolean =>
  isInformative('share', hitChance(k, candidates));

/** (loss − start) / start; 0 if the start is 0. */
export function relativeChange(loss: number, start: number): number {
  return start > 0 ? (loss - start) / start : 0;
}

/** 1 − LE / Lm; 0 if the class's vector equals the mean vector. */
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
    // The area under the straight line from 1 / seen labels to 1 / unseen labels.
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
    // It is the column change_from_initial, next to the changes from the other starts.
    column: null,
    compared: false,
  },
} satisfies Record<string, Measure>;

export type Statistic = keyof typeof MEASURES;
export const STATISTICS = Object.keys(MEASURES) as Statistic[];

/** The table entry without its specific type. */
export const measureOf = (name: Statistic): Measure => MEASURES[name];

/** The measures of a group that have their own row. */
export function statisticsIn(group: MeasureGroup): Statistic[] {
  return STATISTICS.filter((name) => measureOf(name).group === group && !measureOf(name).isEuclidean);
}

/** The heading of a group's rows. `whose` describes the folds whose held-out labels are the candidates. */
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
