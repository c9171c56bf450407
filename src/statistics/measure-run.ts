/**
 * Measures all held-out classes of a run: the folds' pair tables, plus the measures that need the seen
 * classes' test images, if these were kept. One calibration constant applies to all folds, so those are
 * measured together.
 */
import type { FoldData, RunData } from './load.js';
import { measureFold } from './measure-fold.js';
import { type PairTable, pairTable } from './pair-table.js';
import { routedOf } from './zero-shot/gaps.js';
import { classWeights, joinRouted, type Routed, seenAccuracyAt } from './zero-shot/generalised.js';

export interface MeasuredRun {
  /** One table per fold. */
  readonly tables: readonly PairTable[];
  /** Routed images of seen and unseen classes, one entry per fold; null if the seen images were not kept. */
  readonly routed: readonly (Routed | null)[];
}

/** A cache, because a report, its comparisons and the spread over seeds use the same tables. */
const cache = new WeakMap<RunData, MeasuredRun>();

export function measureRun(data: RunData): MeasuredRun {
  const found = cache.get(data) ?? measure(data);
  cache.set(data, found);
  return found;
}

function measure(data: RunData): MeasuredRun {
  const routed = data.folds.map((fold) =>
    routedOf(measureFold(fold), fold.heldOut, (c) => !fold.space.directionless.has(c)),
  );
  const areas = seenUnseenAreas(data.folds, routed);
  return { tables: data.folds.map((fold, f) => pairTable(fold, areas[f])), routed };
}

/**
 * [f][c][v]: the contribution to AUSUC of class c of fold f under the name of class v. The mean of the
 * diagonals over all classes is the area under the joint curve of all folds. NaN if a class or name has no
 * direction.
 */
function seenUnseenAreas(
  folds: readonly FoldData[],
  routed: readonly (Routed | null)[],
): readonly (readonly (readonly number[])[] | null)[] {
  const kept = routed.flatMap((own) => (own ? [own] : []));
  if (kept.length === 0) return routed.map(() => null);
  const { routed: all } = joinRouted(kept);
  const seenAt = seenAccuracyAt(all, classWeights(all));
  return folds.map(({ heldOut, space }, f) => {
    const own = routed[f];
    if (!own) return null;
    const places = new Map(heldOut.map(({ index }, c) => [index, c]));
    const area = heldOut.map(({ index: c }) =>
      heldOut.map(({ index: v }) =>
        space.directionless.has(c) || space.directionless.has(v) ? Number.NaN : 0,
      ),
    );
    for (const [i, label] of own.labels.entries()) {
      const c = places.get(label);
      if (c === undefined) continue;
      const v = places.get(own.bestUnseen[i])!;
      const at = seenAt(own.gap[i]) / heldOut[c].images;
      // If the true label ties with others, it gets its share; any other name gets the full credit.
      if (own.credit[i] > 0) area[c][c] += own.credit[i] * at;
      else area[c][v] += at;
    }
    return area;
  });
}
