/**
 * Gaps between the best seen and the best unseen label, quantised to steps of 1/512 of a cosine; the
 * calibration constant between the two sides is not resolved more finely. Images whose gaps lie in the same
 * step count as equal, so the curve is a straight line within a step (generalised.ts). A gap of 0 has its own
 * step, and no gap changes its sign. So the seen images, thousands per fold, become a histogram, and a run's
 * area is the same from its outputs and from its records.
 */
import { columnOf, type FoldMeasures, type SeenSteps } from '../fold-columns.js';
import type { Routed } from './generalised.js';

const STEPS = 512;

/** The gap in half steps: the odd number at the middle of its step, or 0. */
function halfSteps(gap: number): number {
  return gap === 0 ? 0 : 2 * Math.floor(gap * STEPS) + 1;
}

/** The step whose middle is `half` half steps. */
const stepOf = (half: number) => (half - 1) / 2;

export interface UnseenColumns {
  readonly 'image.gap': Float64Array;
  readonly 'image.best': Float64Array;
  readonly 'image.credit'?: Float64Array;
  readonly 'image.seenShare'?: Float64Array;
}

/**
 * The columns of the unseen classes' images, one row per image.
 * @param group the fold's held-out classes; unseen labels are stored as indices into it
 */
export function unseenColumns(routed: Routed, group: readonly number[]): UnseenColumns {
  const rows = [...routed.labels.keys()].filter((i) => routed.seen[i] === 0);
  const take = (of: (i: number) => number) => Float64Array.from(rows, of);
  const gap = take((i) => halfSteps(routed.gap[i]));
  const own = (i: number) => (routed.bestUnseen[i] === routed.labels[i] ? 1 : 0);
  return {
    'image.gap': gap,
    'image.best': take((i) => group.indexOf(routed.bestUnseen[i])),
    ...(rows.some((i) => routed.credit[i] !== own(i)) && { 'image.credit': take((i) => routed.credit[i]) }),
    ...(gap.includes(0) && { 'image.seenShare': take((i) => routed.seenShare[i]) }),
  };
}

/**
 * Counts the seen classes' images by the step of their gap. Images that are wrong among the seen labels do
 * not count.
 */
export function seenSteps({ seen, share, gap, credit, seenShare, classes }: Routed): {
  steps: Float64Array;
  facts: SeenSteps;
} {
  const rows = [...seen.keys()].filter((i) => seen[i] === 1);
  // If all classes have the same number of images, the histogram counts whole images.
  const alike = rows.every((i) => share[i] === share[rows[0]]);
  const images = alike && rows.length > 0 ? Math.round(1 / share[rows[0]]) : 1;
  const amount = (i: number) => (alike ? credit[i] : credit[i] * share[i]);
  const right = rows.filter((i) => credit[i] > 0);
  const stepsOf = right.filter((i) => gap[i] !== 0).map((i) => stepOf(halfSteps(gap[i])));
  const first = stepsOf.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const last = stepsOf.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const steps = new Float64Array(stepsOf.length > 0 ? last - first + 1 : 0);
  let equal = 0;
  let equalSeen = 0;
  for (const i of right) {
    if (gap[i] !== 0) steps[stepOf(halfSteps(gap[i])) - first] += amount(i);
    else {
      equal += amount(i);
      equalSeen += amount(i) * seenShare[i];
    }
  }
  return {
    steps,
    facts: {
      classes: classes.seen,
      images,
      first: stepsOf.length > 0 ? first : 0,
      zero: { count: equal, seenShare: equal > 0 ? equalSeen / equal : 0 },
    },
  };
}

/**
 * Rebuilds a fold's routed images from its columns; the seen images are grouped by step.
 * @param group the fold's held-out classes with their numbers of images
 * @param directed whether a class's word has a direction
 * @returns null if no seen images were kept, or no held-out word has a direction
 */
export function routedOf(
  measures: FoldMeasures,
  group: readonly { readonly index: number; readonly images: number }[],
  directed: (c: number) => boolean,
): Routed | null {
  const { seen, columns } = measures;
  const unseen = group.filter(({ index }) => directed(index));
  if (!seen || unseen.length === 0) return null;
  const owners = unseen.flatMap(({ index, images }) =>
    Array<{ index: number; images: number }>(images).fill({ index, images }),
  );
  const steps = columnOf(measures, 'seen.steps');
  const filled = [...steps.keys()].filter((s) => steps[s] > 0);
  const atZero = seen.zero.count > 0 ? [seen.zero] : [];
  const best = Int32Array.from(columnOf(measures, 'image.best'), (place) => group[place].index);
  const n = owners.length;
  const together = filled.length + atZero.length;
  const column = (of: ArrayLike<number>, rest: readonly number[]) => {
    const out = new Float64Array(n + together);
    out.set(of);
    out.set(rest, n);
    return out;
  };
  const none = Array<number>(together).fill(0);
  const gaps = columnOf(measures, 'image.gap');
  const middle = (step: number) => 2 * (seen.first + step) + 1;
  return {
    labels: Int32Array.from([...owners.map(({ index }) => index), ...none.map(() => -1)]),
    seen: Uint8Array.from(
      column(
        new Float64Array(n),
        none.map(() => 1),
      ),
    ),
    gap: column(gaps, [...filled.map(middle), ...atZero.map(() => 0)]).map((half) => half / (2 * STEPS)),
    seenShare: column(columns['image.seenShare'] ?? new Float64Array(n), [
      ...filled.map(() => 0),
      ...atZero.map(({ seenShare }) => seenShare),
    ]),
    credit: column(
      columns['image.credit'] ?? owners.map(({ index }, i) => (best[i] === index ? 1 : 0)),
      none.map(() => 1),
    ),
    bestUnseen: Int32Array.from([...best, ...none.map(() => -1)]),
    share: column(
      owners.map(({ images }) => 1 / images),
      [...filled.map((s) => steps[s]), ...atZero.map(({ count }) => count)].map((sum) => sum / seen.images),
    ),
    classes: { seen: seen.classes, unseen: unseen.length },
  };
}
