/**
 * From measures per class to numbers of the run. One function for the results and for every deal of the swap null,
 * so that both are the same statistic.
 */
import { mean, median } from 'simple-statistics';
import { meanOfNumbers } from '../util/metrics.js';
import { calibratedSkillAt, crossFittedAlphas } from './calibration.js';
import type { Measures, RankMeasures } from './pair-table.js';

/** Run-level statistics: means over held-out classes, medians for relative change. */
export const STATISTICS = [
  'rank',
  'hit1',
  'hit5',
  'hit10',
  'euclideanRank',
  'euclideanHit1',
  'heldOutRank',
  'heldOutHit1',
  'heldOutHit5',
  'heldOutHit10',
  'heldOutEuclideanRank',
  'heldOutEuclideanHit1',
  'calibratedSkill',
  'centredCosine',
  'skill',
  'relativeChange',
] as const;
export type Statistic = (typeof STATISTICS)[number];

/** Smaller is better for these. */
export const LOWER_IS_BETTER: ReadonlySet<Statistic> = new Set([
  'rank',
  'euclideanRank',
  'heldOutRank',
  'heldOutEuclideanRank',
  'relativeChange',
]);

/** (loss − start) / start; 0 where the start was already without loss. */
export function relativeChange(loss: number, start: number): number {
  return start > 0 ? (loss - start) / start : 0;
}

/** 1 − LE / Lm; 0 where the class's vector is the mean vector. */
export function skillOf({ finalLoss, meanVectorLoss }: Measures): number {
  return meanVectorLoss > 0 ? 1 - finalLoss / meanVectorLoss : 0;
}

/** Calibrated skill of every entry, or null when there are too few classes. */
export function calibratedSkills(entries: readonly Measures[]): number[] | null {
  const alphas = crossFittedAlphas(entries);
  return alphas && entries.map((entry, i) => calibratedSkillAt(alphas[i], entry));
}

/** Mean of what the classes have; null where none has it. */
function meanOrNull(values: readonly number[]): number | null {
  const found = meanOfNumbers(values);
  return Number.isNaN(found) ? null : found;
}

/** All statistics of a list of held-out classes; null is "n/a". */
export function aggregate(entries: readonly Measures[]): Record<Statistic, number | null> {
  const among = entries.flatMap(({ heldOut }) => (heldOut ? [heldOut] : []));
  const over = (list: readonly RankMeasures[], key: keyof RankMeasures) =>
    meanOrNull(list.map((entry) => entry[key]));
  const all = entries.map((entry) => entry.all);
  const calibrated = calibratedSkills(entries);
  return {
    rank: over(all, 'rank'),
    hit1: over(all, 'hit1'),
    hit5: over(all, 'hit5'),
    hit10: over(all, 'hit10'),
    euclideanRank: over(all, 'euclideanRank'),
    euclideanHit1: over(all, 'euclideanHit1'),
    heldOutRank: over(among, 'rank'),
    heldOutHit1: over(among, 'hit1'),
    heldOutHit5: over(among, 'hit5'),
    heldOutHit10: over(among, 'hit10'),
    heldOutEuclideanRank: over(among, 'euclideanRank'),
    heldOutEuclideanHit1: over(among, 'euclideanHit1'),
    calibratedSkill: calibrated && mean(calibrated),
    centredCosine: meanOrNull(entries.map((entry) => entry.centredCosine)),
    skill: mean(entries.map(skillOf)),
    relativeChange: median(entries.map((entry) => relativeChange(entry.finalLoss, entry.initialLoss))),
  };
}

/**
 * What a network that knows nothing scores on average by ranking at random.
 * @param labels how many have a direction
 * @param groupSizes how many of each entry's group have one
 */
export function chanceLevels(entries: readonly Measures[], labels: number, groupSizes: readonly number[]) {
  const groups = groupSizes.filter((_, i) => entries[i].heldOut && !Number.isNaN(entries[i].heldOut.rank));
  const hit = (k: number, sizes: readonly number[]) =>
    sizes.length > 0 ? mean(sizes.map((size) => Math.min(1, k / size))) : null;
  const rank = (sizes: readonly number[]) =>
    sizes.length > 0 ? mean(sizes.map((size) => (size + 1) / 2)) : null;
  const chance: Partial<Record<Statistic, number | null>> = {
    rank: rank([labels]),
    hit1: hit(1, [labels]),
    hit5: hit(5, [labels]),
    hit10: hit(10, [labels]),
    euclideanRank: rank([labels]),
    euclideanHit1: hit(1, [labels]),
    heldOutRank: rank(groups),
    heldOutHit1: hit(1, groups),
    heldOutHit5: hit(5, groups),
    heldOutHit10: hit(10, groups),
    heldOutEuclideanRank: rank(groups),
    heldOutEuclideanHit1: hit(1, groups),
    // Answering the mean vector: no skill, no direction.
    calibratedSkill: 0,
    centredCosine: 0,
    skill: 0,
  };
  return chance;
}
