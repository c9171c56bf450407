/**
 * Generalised zero-shot classification: images of seen and unseen classes, with all labels as answers (Chao,
 * Changpinyo, Gong & Sha 2016; Xian, Schiele & Akata 2017; averages per class). A network prefers the labels
 * it was trained on. Calibrated stacking subtracts a constant γ from their scores. As γ goes from −∞ to ∞,
 * the accuracy on seen classes falls and the accuracy on unseen classes rises. The area under that curve
 * (AUSUC) needs no choice of γ.
 */

import type { DeepReadonly } from '../../util/read-only.js';
import * as z from '../../util/zod.js';

/**
 * Images of seen and unseen classes, reduced to what the choice of γ needs; every array is [n]. One entry may
 * stand for several seen images (gaps.ts).
 */
export interface Routed {
  /** Class indices; −1 for an entry of several images. */
  readonly labels: Int32Array;
  /** 1 for images of seen classes, else 0. */
  readonly seen: Uint8Array;
  /**
   * Score of the best seen label minus score of the best unseen label: for γ above it, the answer is an
   * unseen label.
   */
  readonly gap: Float64Array;
  /** For ties between the two sides (γ = gap): the share of seen labels among the tied labels. */
  readonly seenShare: Float64Array;
  /**
   * Credit if the answer comes from the image's own side: 1, or 1/t if the true label ties with t − 1 others;
   * 0 if another label is better.
   */
  readonly credit: Float64Array;
  /** The best unseen label (the first one, if several tie); −1 for an entry of several images. */
  readonly bestUnseen: Int32Array;
  /**
   * The image's weight in its class: 1 / number of images of the class. Entries of several images have the
   * sum.
   */
  readonly share: Float64Array;
  /** Number of classes that have images. */
  readonly classes: { readonly seen: number; readonly unseen: number };
}

/**
 * Splits scores into the seen and the unseen side.
 * @param scores [n, labels]
 * @param labels [n], true classes
 * @param seenClasses all other classes are unseen; each side has at least one label
 */
export function route(scores: Float64Array, labels: Int32Array, seenClasses: Int32Array): Routed {
  const n = labels.length;
  const count = n > 0 ? scores.length / n : 0;
  const isSeen = new Uint8Array(count);
  for (const c of seenClasses) isSeen[c] = 1;
  const images = new Map<number, number>();
  for (const c of labels) images.set(c, (images.get(c) ?? 0) + 1);
  const seen = [...images.keys()].filter((c) => isSeen[c]).length;
  const routed = {
    labels,
    seen: Uint8Array.from(labels, (c) => isSeen[c]),
    gap: new Float64Array(n),
    seenShare: new Float64Array(n),
    credit: new Float64Array(n),
    bestUnseen: new Int32Array(n),
    share: Float64Array.from(labels, (c) => 1 / images.get(c)!),
    classes: { seen, unseen: images.size - seen },
  };
  const best = [0, 0];
  const ties = [0, 0];
  const first = [0, 0];
  for (let i = 0; i < n; i++) {
    best.fill(Number.NEGATIVE_INFINITY);
    for (let c = 0; c < count; c++) {
      const side = isSeen[c];
      const score = scores[i * count + c];
      if (score > best[side]) {
        best[side] = score;
        ties[side] = 1;
        first[side] = c;
      } else if (score === best[side]) ties[side]++;
    }
    const own = isSeen[labels[i]];
    routed.gap[i] = best[1] - best[0];
    routed.seenShare[i] = ties[1] / (ties[0] + ties[1]);
    routed.credit[i] = scores[i * count + labels[i]] === best[own] ? 1 / ties[own] : 0;
    routed.bestUnseen[i] = first[0];
  }
  return routed;
}

/** Accuracies at one γ: the share of right answers, averaged over classes. */
export const seenUnseenSchema = z.object({
  seen: z.number(),
  unseen: z.number(),
  /** 2·seen·unseen / (seen + unseen); 0 if both are 0. */
  harmonic: z.number(),
});
export type SeenUnseen = DeepReadonly<z.infer<typeof seenUnseenSchema>>;

export const curvePointSchema = seenUnseenSchema.extend({
  /** A γ with these accuracies; null at both ends, where it is −∞ and ∞. */
  calibration: z.number().nullable(),
});
export type CurvePoint = DeepReadonly<z.infer<typeof curvePointSchema>>;

export interface GeneralisedCurve {
  /** γ = 0: no calibration. */
  readonly plain: SeenUnseen;
  /** All pairs of accuracies, in the order of increasing γ. */
  readonly points: readonly CurvePoint[];
  readonly ausuc: number;
  /**
   * The largest harmonic mean over all γ: an upper bound, because γ is chosen on the images that are
   * measured.
   */
  readonly best: CurvePoint;
}

/** Accuracies on both sides. `answered(i)` is the share of image i's answer that comes from its own side. */
function accuracies(weights: Float64Array, routed: Routed, answered: (i: number) => number): SeenUnseen {
  const sums = [0, 0];
  for (let i = 0; i < weights.length; i++) {
    sums[routed.seen[i]] += weights[i] * routed.credit[i] * answered(i);
  }
  return withHarmonic(sums[1], sums[0]);
}

export function withHarmonic(seen: number, unseen: number): SeenUnseen {
  return { seen, unseen, harmonic: seen + unseen > 0 ? (2 * seen * unseen) / (seen + unseen) : 0 };
}

/** The weight of each entry, so that weighted sums are means over the classes of its side. */
export function classWeights({ seen, share, classes }: Routed): Float64Array {
  return share.map((own, i) => own / (seen[i] ? classes.seen : classes.unseen));
}

/** Sweeps γ over all values exactly: the accuracies change only where γ equals an image's gap. */
export function sweep(routed: Routed, weights: Float64Array): GeneralisedCurve {
  const { gap, seen, credit, seenShare } = routed;
  const order = Int32Array.from(gap.keys()).sort((a, b) => gap[a] - gap[b]);
  const points: CurvePoint[] = [];
  // γ = −∞: all answers are seen labels.
  const start = accuracies(weights, routed, (i) => seen[i]);
  let { seen: onSeen, unseen: onUnseen } = start;
  points.push({ ...start, calibration: null });
  let ausuc = 0;
  for (let at = 0; at < order.length; ) {
    const value = gap[order[at]];
    const before = { onSeen, onUnseen };
    for (; at < order.length && gap[order[at]] === value; at++) {
      const i = order[at];
      if (seen[i]) onSeen = Math.max(0, onSeen - weights[i] * credit[i]);
      else onUnseen += weights[i] * credit[i];
    }
    if (at === order.length) onSeen = 0; // removes the remaining rounding error
    if (onSeen === before.onSeen && onUnseen === before.onUnseen) continue;
    // If images of both sides have the same gap, ties are broken at random, which gives a straight line.
    ausuc += ((onUnseen - before.onUnseen) * (onSeen + before.onSeen)) / 2;
    const calibration = at < order.length ? (value + gap[order[at]]) / 2 : null;
    points.push({ ...withHarmonic(onSeen, onUnseen), calibration });
  }
  const plain = accuracies(weights, routed, (i) => {
    const toSeen = gap[i] > 0 ? 1 : gap[i] < 0 ? 0 : seenShare[i];
    return seen[i] ? toSeen : 1 - toSeen;
  });
  let best = points[0];
  for (const point of points) if (point.harmonic > best.harmonic) best = point;
  return { plain, points, ausuc, best };
}

const COLUMNS = ['labels', 'seen', 'gap', 'seenShare', 'credit', 'bestUnseen', 'share'] as const;

/**
 * Joins the images of several folds, for one common γ; `groups` is each image's fold. Images of different
 * folds belong to different classes, even if their label is the same.
 */
export function joinRouted(parts: readonly Routed[]): { routed: Routed; groups: Int32Array } {
  const total = parts.reduce((sum, part) => sum + part.labels.length, 0);
  const classesOf = (side: 'seen' | 'unseen') => parts.reduce((sum, { classes }) => sum + classes[side], 0);
  const routed = {
    labels: new Int32Array(total),
    seen: new Uint8Array(total),
    gap: new Float64Array(total),
    seenShare: new Float64Array(total),
    credit: new Float64Array(total),
    bestUnseen: new Int32Array(total),
    share: new Float64Array(total),
    classes: { seen: classesOf('seen'), unseen: classesOf('unseen') },
  };
  const groups = new Int32Array(total);
  let at = 0;
  for (const [f, part] of parts.entries()) {
    for (const key of COLUMNS) routed[key].set(part[key], at);
    groups.fill(f, at, at + part.labels.length);
    at += part.labels.length;
  }
  return { routed, groups };
}

/**
 * The same images with the unseen labels' names permuted, averaged over all permutations. The same images go
 * to the unseen side; each name is right with probability 1/m.
 */
export function namesPermuted(routed: Routed, unseenLabels: (i: number) => number): Routed {
  return { ...routed, credit: routed.credit.map((own, i) => (routed.seen[i] ? own : 1 / unseenLabels(i))) };
}

/**
 * The curve reduced to about `most` points, including the ends and the best point. For drawing only, not for
 * the area.
 */
export function thin(curve: GeneralisedCurve, most: number): CurvePoint[] {
  const { points, best } = curve;
  const last = points[points.length - 1];
  const way = (a: CurvePoint, b: CurvePoint) =>
    (points[0].seen > 0 ? Math.abs(a.seen - b.seen) / points[0].seen : 0) +
    (last.unseen > 0 ? Math.abs(a.unseen - b.unseen) / last.unseen : 0);
  const kept = [points[0]];
  for (const point of points) {
    if (point === last || point === best || way(point, kept[kept.length - 1]) >= 2 / most) kept.push(point);
  }
  return kept;
}

/** Seen accuracy at γ: the mean of its values just below and just above γ, consistent with the area. */
export function seenAccuracyAt(
  { gap, seen, credit }: Routed,
  weights: Float64Array,
): (gamma: number) => number {
  const order = Int32Array.from(gap.keys())
    .filter((i) => seen[i] === 1)
    .sort((a, b) => gap[a] - gap[b]);
  // rest[j]: the accuracy after the j images with the smallest gaps have moved to the unseen side.
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
