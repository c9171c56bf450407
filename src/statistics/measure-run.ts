/**
 * Every measure of a run's held-out classes: the folds' pair tables, with what the seen classes' test images add to them
 * where they were kept. One constant between seen and unseen labels holds for all folds, so these are measured together.
 */
import type { FoldData, RunData } from './load.js';
import { measureFold } from './measure-fold.js';
import { type PairTable, pairTable } from './pair-table.js';
import { routedOf } from './zero-shot/gaps.js';
import { classWeights, joinRouted, type Routed, seenAccuracyAt } from './zero-shot/generalised.js';

export interface MeasuredRun {
  /** One a fold. */
  readonly tables: readonly PairTable[];
  /** Images of seen and of unseen classes, one entry a fold; null where the seen ones were not kept. */
  readonly routed: readonly (Routed | null)[];
}

/** Measured once: a report, the runs that it is compared with and the spread over seeds all ask for the same tables. */
const known = new WeakMap<RunData, MeasuredRun>();

export function measureRun(data: RunData): MeasuredRun {
  const found = known.get(data) ?? measure(data);
  known.set(data, found);
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
 * [f][c][v]: what fold f's c-th held-out class adds to AUSUC under the name of its v-th. The mean of the diagonals over
 * all classes is the area under the curve of all folds together. NaN for a class or name without a direction.
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
      // Where the true label is one of several equally good ones it has its share; another name has it whole.
      if (own.credit[i] > 0) area[c][c] += own.credit[i] * at;
      else area[c][v] += at;
    }
    return area;
  });
}
