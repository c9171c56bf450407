/**
 * Every measure of a run's held-out classes: the folds' pair tables, with what the seen classes' test images add to them
 * where they were kept. One constant between seen and unseen labels holds for all folds, so these are measured together.
 */
import { joinArrays } from '../util/join-arrays.js';
import { prepareCandidates } from '../util/metrics.js';
import type { WithSeen, WordRanks } from './class-measures.js';
import type { FoldData, RunData } from './load.js';
import { type PairTable, pairTable } from './pair-table.js';
import { readSeenImages, type ZeroShotFold, zeroShotFold } from './zero-shot/fold.js';
import { classWeights, joinRouted, type Routed, route, seenAccuracyAt } from './zero-shot/generalised.js';
import { ranksIn, scoreMatrix } from './zero-shot/scores.js';
import { twoConstantsMatrix } from './zero-shot/two-constants.js';

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
  const seen = data.folds.map(scoreWithSeen);
  const areas = seenUnseenAreas(
    data.folds,
    seen.map((fold) => fold?.routed ?? null),
  );
  const tables = data.folds.map((fold, f) => {
    const [own, area] = [seen[f], areas[f]];
    const withSeen = own?.twoConstants.map((row, c) =>
      row.map((twoConstants, v): WithSeen => ({ twoConstants, ausuc: area ? area[c][v] : Number.NaN })),
    );
    return pairTable(fold, withSeen);
  });
  return { tables, routed: seen.map((fold) => fold?.routed ?? null) };
}

interface ScoredWithSeen {
  /** null where no held-out word has a direction. */
  readonly routed: Routed | null;
  /** [c][v] */
  readonly twoConstants: readonly (readonly WordRanks[])[];
}

function scoreWithSeen(data: FoldData): ScoredWithSeen | null {
  const seen = readSeenImages(data);
  if (!seen) return null;
  const fold = zeroShotFold(data);
  const { heldOut, mu, targets } = fold;
  const directionless = fold.directionless ?? new Set<number>();
  const candidates = prepareCandidates(targets, mu, 'cosine', directionless);
  const truths = heldOut.map(({ index }) => index);
  const scores = heldOut.map(({ outputs }) => scoreMatrix(outputs, candidates));
  const all = joinArrays(Float64Array, scores);
  const moved = twoConstantsMatrix(all, candidates, seen.outputs, fold.seen, directionless);
  const { count } = candidates;
  let at = 0;
  return {
    routed: routeDirected(
      joinArrays(Float64Array, [all, scoreMatrix(seen.outputs, candidates)]),
      Int32Array.from([
        ...heldOut.flatMap(({ index }, c) => Array<number>(scores[c].length / count).fill(index)),
        ...seen.labels,
      ]),
      fold,
    ),
    twoConstants: scores.map(({ length }) => {
      const own = moved.subarray(at, at + length);
      at += length;
      return ranksIn(own, count, truths);
    }),
  };
}

/** Images of words that have a direction, routed; null where no held-out word has one. */
function routeDirected(
  scores: Float64Array,
  labels: Int32Array,
  { directionless, heldOut, seen }: ZeroShotFold,
): Routed | null {
  if (!directionless?.size) return route(scores, labels, seen);
  if (heldOut.every(({ index }) => directionless.has(index))) return null;
  const count = scores.length / labels.length;
  const rows = [...labels.keys()].filter((i) => !directionless.has(labels[i]));
  const kept = joinArrays(
    Float64Array,
    rows.map((i) => scores.subarray(i * count, (i + 1) * count)),
  );
  return route(
    kept,
    Int32Array.from(rows, (i) => labels[i]),
    seen,
  );
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
  const { routed: all, groups } = joinRouted(kept);
  const seenAt = seenAccuracyAt(all, classWeights(all, groups));
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
