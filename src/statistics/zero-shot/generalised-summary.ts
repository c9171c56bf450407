/** Generalised zero-shot over the folds of a run: each fold by itself, and all under one calibration constant. */
import type { FoldData, RunData } from '../load.js';
import { type NullInterval, type SwapTables, swapInterval } from '../swap-null.js';
import {
  type CurvePoint,
  classWeights,
  joinRouted,
  namesDealt,
  type Routed,
  type SeenUnseen,
  sweep,
  thin,
} from './generalised.js';

/** Points of a curve that is drawn; of one fold's alone. */
const DRAWN = 200;
const DRAWN_OF_FOLD = 80;

/** Accuracies of a set of images: means over classes, all labels as candidates. */
export interface GeneralisedResult {
  /** Without calibration (γ = 0). */
  readonly plain: SeenUnseen;
  readonly ausuc: number;
  /** Oracle: γ chosen on the very images that are measured. */
  readonly best: CurvePoint;
  /** The curve, thinned for drawing. */
  readonly curve: readonly CurvePoint[];
  /** The curve when unseen names are dealt at random among the fold's, on average over all deals; thinned. */
  readonly dealtCurve: readonly CurvePoint[];
}

export interface GeneralisedSummary extends GeneralisedResult {
  /** Area of answering at random: a straight line between 1/seen and 1/unseen labels. */
  readonly chance: { readonly seen: number; readonly unseen: number; readonly ausuc: number };
  /** Names dealt among the held-out classes of each fold; null where folds hold out one class. */
  readonly swap: { readonly unseen: NullInterval; readonly ausuc: NullInterval } | null;
  readonly folds: readonly ({ readonly fold: string } & Omit<GeneralisedResult, 'dealtCurve'>)[];
  /** Folds left out because their seen images are not kept. */
  readonly without: number;
}

/**
 * @param routed of each fold of `data`; null where it has no seen images.
 * @returns null where no fold has.
 */
export function generalisedSummary(
  data: RunData,
  routed: readonly (Routed | null)[],
  deals: number,
): GeneralisedSummary | null {
  const directed = ({ heldOut, space }: FoldData) =>
    heldOut.map(({ index }) => index).filter((c) => !space.directionless.has(c));
  const kept = data.folds.flatMap((fold, f) => {
    const own = routed[f];
    return own ? [{ id: fold.record.id, routed: own, unseen: directed(fold) }] : [];
  });
  if (kept.length === 0) return null;
  const { routed: all, groups } = joinRouted(kept.map((fold) => fold.routed));
  const weights = classWeights(all, groups);
  const unseenOf = (i: number) => kept[groups[i]].unseen.length;
  const sizes = kept.map(({ unseen }) => unseen.length);
  const labels = data.run.run.dataset.classes.length - data.folds[0].space.directionless.size;
  const average = (values: readonly number[]) => values.reduce((sum, v) => sum + v, 0) / values.length;
  const chance = {
    seen: average(sizes.map((m) => 1 / (labels - m))),
    unseen: average(sizes.map((m) => 1 / m)),
  };
  return {
    ...resultOf(all, weights, DRAWN),
    dealtCurve: thin(sweep(namesDealt(all, unseenOf), weights), DRAWN),
    chance: { ...chance, ausuc: (chance.seen * chance.unseen) / 2 },
    swap: swapOf(all, weights, groups, kept, data.run.run.seed, deals),
    folds: kept.map(({ id, routed: own }) => ({
      fold: id,
      ...resultOf(own, classWeights(own, new Int32Array(own.labels.length)), DRAWN_OF_FOLD),
    })),
    without: data.folds.filter((fold, f) => !routed[f] && directed(fold).length > 0).length,
  };
}

function resultOf(routed: Routed, weights: Float64Array, drawn: number) {
  const curve = sweep(routed, weights);
  const { plain, ausuc, best } = curve;
  return { plain, ausuc, best, curve: thin(curve, drawn) };
}

/** What each unseen image adds to accuracy and area when its answer is right; dealing names moves who is right. */
function swapOf(
  routed: Routed,
  weights: Float64Array,
  groups: Int32Array,
  folds: readonly { readonly unseen: readonly number[] }[],
  seed: number,
  deals: number,
): GeneralisedSummary['swap'] {
  const { gap, seen, labels, bestUnseen, seenShare } = routed;
  const table = () => folds.map(({ unseen }) => unseen.map(() => unseen.map(() => 0)));
  const [accuracy, area] = [table(), table()];
  const seenAt = seenAccuracyAt(routed, weights);
  for (let i = 0; i < labels.length; i++) {
    if (seen[i]) continue;
    const { unseen } = folds[groups[i]];
    const [c, v] = [unseen.indexOf(labels[i]), unseen.indexOf(bestUnseen[i])];
    const answered = gap[i] < 0 ? 1 : gap[i] > 0 ? 0 : 1 - seenShare[i];
    accuracy[groups[i]][c][v] += weights[i] * answered;
    area[groups[i]][c][v] += weights[i] * seenAt(gap[i]);
  }
  const interval = (tables: SwapTables) => swapInterval(tables, seed, deals);
  const [unseen, ausuc] = [interval(accuracy), interval(area)];
  return unseen && ausuc && { unseen, ausuc };
}

/** Seen accuracy at γ: the mean of its values just below and just above, as the area counts it. */
function seenAccuracyAt({ gap, seen, credit }: Routed, weights: Float64Array): (gamma: number) => number {
  const order = Int32Array.from(gap.keys())
    .filter((i) => seen[i] === 1)
    .sort((a, b) => gap[a] - gap[b]);
  // rest[j]: accuracy when the j images of the smallest gaps have gone to the unseen side.
  const rest = new Float64Array(order.length + 1);
  for (let j = order.length - 1; j >= 0; j--) rest[j] = rest[j + 1] + weights[order[j]] * credit[order[j]];
  const below = (gamma: number, orEqual: boolean) => {
    let [low, high] = [0, order.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      const value = gap[order[middle]];
      if (value < gamma || (orEqual && value === gamma)) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  return (gamma) => (rest[below(gamma, false)] + rest[below(gamma, true)]) / 2;
}
