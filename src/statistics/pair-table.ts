/**
 * All measures of the outputs of each held-out class against the vector of every class in its group. The
 * pairs with a class's own vector are the result. The permutation null reads the other pairs, so thousands of
 * permutations need only table lookups.
 */
import { mse, rankOf } from '../util/metrics.js';
import type { Measures, RankMeasures, WordRanks } from './class-measures.js';
import { type ColumnName, columnOf, type FoldMeasures, RANK_STEPS, type Ranking } from './fold-columns.js';
import type { FoldData } from './load.js';
import { MeasureColumns } from './measure-columns.js';
import { measureFold } from './measure-fold.js';

/** The measures of all pairs of a fold. */
export interface PairTable {
  /** Each class against its own vector: the result. */
  readonly own: readonly Measures[];
  /** Class c against the vector of class v is row c * own.length + v. */
  readonly pairs: MeasureColumns;
}

/**
 * Measures a fold: ranks and cosines by its reading, losses in its recipe's space.
 * @param area [c][v]: the contribution of class c to AUSUC under the name of class v; absent if the seen
 * classes' images were not kept
 */
export function pairTable(fold: FoldData, area?: readonly (readonly number[])[] | null): PairTable {
  const measures = measureFold(fold);
  const g = fold.heldOut.length;
  const pairs = new MeasureColumns(g ** 2);
  const own: Measures[] = [];
  for (const c of fold.heldOut.keys()) {
    for (const v of fold.heldOut.keys()) {
      const found = pair(fold, measures, c, v, area?.[c][v] ?? Number.NaN);
      pairs.set(c * g + v, found);
      if (v === c) own.push(found);
    }
  }
  return { own, pairs };
}

/** Class c against the vector of class v. Exact for c = v; other pairs are computed from rounded columns. */
function pair(fold: FoldData, measures: FoldMeasures, c: number, v: number, ausuc: number): Measures {
  const { mu, heldOut } = fold;
  const { targets, dimension: d, directionless } = fold.space;
  const target = heldOut[v].index;
  const own = v === c;
  const at = c * heldOut.length + v;
  const of = (name: ColumnName, place = c) => columnOf(measures, name)[place];
  const vector = targets.subarray(target * d, (target + 1) * d);
  const square = vector.reduce((sum, x, j) => sum + (x - mu[j]) ** 2, 0);
  const dot = own ? of('dot') : of('pairDot', at) * of('pairUnits', 0);
  const energy = of('energy');
  const lengths = Math.sqrt(of('centre') * square);
  const straight = measures.columns['reading.cosine']?.[at] ?? (lengths > 0 ? dot / lengths : 0);
  const twoConstants = wordRanksOf(fold, measures, 'twoConstants', c, v);
  return {
    target,
    withSeen: twoConstants && { twoConstants, ausuc },
    ...(own ? ownLosses(measures, c) : pairLosses(measures, c, at, { vector, square, dot })),
    zeroLoss: mse(new Float32Array(d), vector),
    meanVectorLoss: mse(mu, vector),
    centredCosine: directionless.has(target) ? Number.NaN : straight,
    // A vector equal to μ carries no information about α, so its weight is zero.
    agreement: square > 0 ? dot / square : 0,
    energy: square > 0 ? energy / square : 0,
    all: rankMeasuresOf(fold, measures, 'all', c, v)!,
    heldOut: rankMeasuresOf(fold, measures, 'heldOut', c, v),
  };
}

type Losses = Pick<Measures, 'initialLoss' | 'firstEpochLoss' | 'finalLoss'>;

function ownLosses(measures: FoldMeasures, c: number): Losses {
  const of = (name: keyof Losses) => columnOf(measures, name)[c];
  return {
    initialLoss: of('initialLoss'),
    firstEpochLoss: of('firstEpochLoss'),
    finalLoss: of('finalLoss'),
  };
}

/** Mean |o − v|² = mean |o|² − 2 mean o·v + |v|², and the same with μ subtracted from both. */
function pairLosses(
  measures: FoldMeasures,
  c: number,
  at: number,
  { vector, square, dot }: { readonly vector: Float32Array; readonly square: number; readonly dot: number },
): Losses {
  const of = (name: ColumnName, place = c) => columnOf(measures, name)[place];
  const d = vector.length;
  const raw = vector.reduce((sum, x) => sum + x * x, 0);
  const start = of('startSquares') / of('images') - 2 * of('pairStart', at) * of('pairUnits', 1) + raw;
  return {
    initialLoss: Math.max(0, start / d),
    // No permutation null uses it.
    firstEpochLoss: Number.NaN,
    finalLoss: Math.max(0, (of('energy') - 2 * dot + square) / d),
  };
}

/**
 * How the images of class c rank the word of class v; NaN if that word has no direction.
 * @returns null if the fold does not have this ranking
 */
export function wordRanksOf(
  { space, heldOut }: FoldData,
  { columns }: FoldMeasures,
  ranking: Ranking,
  c: number,
  v: number,
): WordRanks | null {
  const own = columns[`${ranking}.own`];
  const pairRanks = columns[`${ranking}.pairRanks`];
  const pairHits = columns[`${ranking}.pairHits`];
  if (!own || !pairRanks || !pairHits) return null;
  const { directionless } = space;
  if (directionless.has(heldOut[v].index))
    return { rank: Number.NaN, hit1: Number.NaN, hit5: Number.NaN, hit10: Number.NaN };
  const n = heldOut[c].images;
  const g = heldOut.length;
  const candidates = candidatesOf(space, heldOut, ranking);
  const hits = (row: number) => (c === v ? own[(row + 1) * g + c] : pairHits[(row * g + c) * g + v]) / n;
  return {
    rank: c === v ? rankOf(own[c], n) : 1 + (pairRanks[c * g + v] * (candidates - 1)) / RANK_STEPS,
    hit1: hits(0),
    hit5: hits(1),
    hit10: hits(2),
  };
}

/** Number of ranked words that have a direction. */
function candidatesOf(
  { targets, dimension, directionless }: FoldData['space'],
  heldOut: FoldData['heldOut'],
  ranking: Ranking,
): number {
  if (ranking !== 'heldOut') return targets.length / dimension - directionless.size;
  if (directionless.size === 0) return heldOut.length;
  return heldOut.filter(({ index }) => !directionless.has(index)).length;
}

/** Ranks by distance are stored only for a class's own word, because they have no null. */
function rankMeasuresOf(
  fold: FoldData,
  measures: FoldMeasures,
  ranking: 'all' | 'heldOut',
  c: number,
  v: number,
): RankMeasures | null {
  const found = wordRanksOf(fold, measures, ranking, c, v);
  if (!found) return null;
  const distance = columnOf(measures, `${ranking}.distance`);
  const { images } = fold.heldOut[c];
  const own = c === v && !Number.isNaN(found.rank);
  return {
    ...found,
    euclideanRank: own ? rankOf(distance[c], images) : Number.NaN,
    euclideanHit1: own ? distance[fold.heldOut.length + c] / images : Number.NaN,
  };
}
