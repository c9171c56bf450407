/**
 * Generalised zero-shot classification: images of seen and of unseen classes, all labels as answers (Chao,
 * Changpinyo, Gong & Sha 2016; Xian, Schiele & Akata 2017, per-class averages). A network leans to the labels that it
 * was trained on; calibrated stacking takes a constant γ from their scores. As γ goes from −∞ to ∞ the accuracy on
 * seen classes falls and that on unseen ones rises; the area under that curve (AUSUC) needs no choice of γ.
 */

import { z } from 'zod';
import type { DeepReadonly } from '../../util/read-only.js';

/** Images of both kinds, reduced to what the choice of γ needs: [n] each. Seen images may be taken together (gaps.ts). */
export interface Routed {
  /** Class indices; −1 for several images together. */
  readonly labels: Int32Array;
  /** 1: of a seen class. */
  readonly seen: Uint8Array;
  /** Best seen label's score less the best unseen label's: the γ above which an unseen label is answered. */
  readonly gap: Float64Array;
  /** Where both sides are equal (γ = gap): share of the seen labels among the equal ones. */
  readonly seenShare: Float64Array;
  /** Credit when the answer comes from the image's own side: 1, or 1/t when the true label is one of t equal ones. */
  readonly credit: Float64Array;
  /** The best label of the unseen side (the first, where several are equal); −1 for several images together. */
  readonly bestUnseen: Int32Array;
  /** What it counts for in its class: 1 / images of the class; of several together the sum. */
  readonly share: Float64Array;
  /** Classes that have images. */
  readonly classes: { readonly seen: number; readonly unseen: number };
}

/**
 * Takes scores apart into sides.
 * @param scores [n, labels]
 * @param labels [n], true classes
 * @param seenClasses the others are unseen; both sides have at least one label.
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

/** Accuracies at one γ: means over classes of the share of right answers. */
export const seenUnseenSchema = z.object({
  seen: z.number(),
  unseen: z.number(),
  /** 2·seen·unseen / (seen + unseen); 0 where both are. */
  harmonic: z.number(),
});
export type SeenUnseen = DeepReadonly<z.infer<typeof seenUnseenSchema>>;

export const curvePointSchema = seenUnseenSchema.extend({
  /** A γ that gives these accuracies; null at both ends, where it is −∞ and ∞. */
  calibration: z.number().nullable(),
});
export type CurvePoint = DeepReadonly<z.infer<typeof curvePointSchema>>;

export interface GeneralisedCurve {
  /** γ = 0: no calibration. */
  readonly plain: SeenUnseen;
  /** Every pair of accuracies that some γ gives, γ rising. */
  readonly points: readonly CurvePoint[];
  readonly ausuc: number;
  /** The greatest harmonic mean of all γ: chosen on the very images it is measured on, so an upper bound. */
  readonly best: CurvePoint;
}

/** Accuracies on both sides when `answered[i]` is the share of image i's answer that comes from its own side. */
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

/** What each entry counts for, so that sums are means over the classes of its side. */
export function classWeights({ seen, share, classes }: Routed): Float64Array {
  return share.map((own, i) => own / (seen[i] ? classes.seen : classes.unseen));
}

/** Sweeps γ over all values, exactly: it can only matter where it passes some image's gap. */
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
    if (at === order.length) onSeen = 0; // exactly: what is left are rounding errors
    if (onSeen === before.onSeen && onUnseen === before.onUnseen) continue;
    // Where images of both sides have the same gap, equal scores are broken at random: the straight line between.
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
 * Images of several folds together, under one γ; `groups` says which fold each is of. Images of different folds are of different
 * classes even where the label is the same.
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
 * The same images with the unseen labels' names permuted among themselves, on average over all permutations: which
 * images are sent to the unseen side stays, and a name is right once in m.
 */
export function namesPermuted(routed: Routed, unseenLabels: (i: number) => number): Routed {
  return { ...routed, credit: routed.credit.map((own, i) => (routed.seen[i] ? own : 1 / unseenLabels(i))) };
}

/** The curve with at most about `most` points, the ends and the best kept: for drawing, not for the area. */
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

/** Seen accuracy at γ: the mean of its values just below and just above, as the area counts it. */
export function seenAccuracyAt(
  { gap, seen, credit }: Routed,
  weights: Float64Array,
): (gamma: number) => number {
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
