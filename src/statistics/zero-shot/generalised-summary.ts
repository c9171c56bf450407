/**
 * Generalised zero-shot results of a run: each fold separately, and all folds under one calibration constant.
 */
import { mean } from 'simple-statistics';
import type { DeepReadonly } from '../../util/read-only.js';
import { count } from '../../util/schema-parts.js';
import * as z from '../../util/zod.js';
import type { FoldData, RunData } from '../load.js';
import { type NullInterval, nullIntervalSchema, permutationInterval } from '../permutation-null.js';
import {
  classWeights,
  curvePointSchema,
  joinRouted,
  namesPermuted,
  type Routed,
  seenUnseenSchema,
  sweep,
  thin,
} from './generalised.js';

/** Number of points of a drawn curve; of a single fold's curve. */
const DRAWN = 200;
const DRAWN_OF_FOLD = 80;

/** Accuracies of a set of images: means over classes, with all labels as candidates. */
const generalisedResultSchema = z.object({
  /** Without calibration (γ = 0). */
  plain: seenUnseenSchema,
  ausuc: z.number(),
  /** An oracle: γ is chosen on the images that are measured. */
  best: curvePointSchema,
  /** The curve, thinned for drawing. */
  curve: z.array(curvePointSchema),
  /** The curve with the unseen names of each fold permuted, averaged over all permutations; thinned. */
  permutedCurve: z.array(curvePointSchema),
});
export type GeneralisedResult = DeepReadonly<z.infer<typeof generalisedResultSchema>>;

export const generalisedSummarySchema = generalisedResultSchema.extend({
  /**
   * Accuracies of random answers, 1 / seen and 1 / unseen labels, and the area under the straight line
   * between them.
   */
  chance: z.object({ seen: z.number(), unseen: z.number(), ausuc: z.number().nullable() }),
  /**
   * Null with names permuted among the held-out classes of each fold; null if every fold holds out one class.
   */
  permutationNull: z.object({ unseen: nullIntervalSchema, ausuc: nullIntervalSchema }).nullable(),
  folds: z.array(generalisedResultSchema.omit({ permutedCurve: true }).extend({ fold: z.string() })),
  /** Number of folds without kept seen images, which are left out. */
  without: count,
});
export type GeneralisedSummary = DeepReadonly<z.infer<typeof generalisedSummarySchema>>;

/**
 * @param routed one entry per fold of `data`; null if the fold has no seen images
 * @param area chance and null of the area, as in the headline
 * @returns null if no fold has seen images
 */
export function generalisedSummary(
  data: RunData,
  routed: readonly (Routed | null)[],
  area: { readonly chance: number | null; readonly permutationNull: NullInterval | null },
  permutations: number,
): GeneralisedSummary | null {
  const directed = ({ heldOut, space }: FoldData) =>
    heldOut.map(({ index }) => index).filter((c) => !space.directionless.has(c));
  const kept = data.folds.flatMap((fold, f) => {
    const own = routed[f];
    return own ? [{ id: fold.record.id, routed: own, unseen: directed(fold) }] : [];
  });
  if (kept.length === 0) return null;
  const { routed: all, groups } = joinRouted(kept.map((fold) => fold.routed));
  const weights = classWeights(all);
  const unseenOf = (i: number) => kept[groups[i]].unseen.length;
  const sizes = kept.map(({ unseen }) => unseen.length);
  const labels = data.run.run.dataset.classes.length - data.folds[0].space.directionless.size;
  // Averaged by class over all folds, like the accuracies.
  const held = mean(sizes);
  const chance = { seen: 1 / (labels - held), unseen: 1 / held };
  const unseen = nullOf(all, weights, groups, kept, data.run.run.seed, permutations);
  return {
    ...resultOf(all, weights, DRAWN),
    permutedCurve: thin(sweep(namesPermuted(all, unseenOf), weights), DRAWN),
    chance: { ...chance, ausuc: area.chance },
    permutationNull: unseen && area.permutationNull && { unseen, ausuc: area.permutationNull },
    folds: kept.map(({ id, routed: own }) => ({
      fold: id,
      ...resultOf(own, classWeights(own), DRAWN_OF_FOLD),
    })),
    without: data.folds.filter((fold, f) => !routed[f] && directed(fold).length > 0).length,
  };
}

function resultOf(routed: Routed, weights: Float64Array, drawn: number) {
  const curve = sweep(routed, weights);
  const { plain, ausuc, best } = curve;
  return { plain, ausuc, best, curve: thin(curve, drawn) };
}

/**
 * Each unseen image's contribution to the accuracy if its answer is right; permuting the names changes which
 * are right.
 */
function nullOf(
  routed: Routed,
  weights: Float64Array,
  groups: Int32Array,
  folds: readonly { readonly unseen: readonly number[] }[],
  seed: number,
  permutations: number,
): NullInterval | null {
  const { gap, seen, labels, bestUnseen, seenShare } = routed;
  const tables = folds.map(({ unseen }) => unseen.map(() => unseen.map(() => 0)));
  for (let i = 0; i < labels.length; i++) {
    if (seen[i]) continue;
    const { unseen } = folds[groups[i]];
    const answered = gap[i] < 0 ? 1 : gap[i] > 0 ? 0 : 1 - seenShare[i];
    tables[groups[i]][unseen.indexOf(labels[i])][unseen.indexOf(bestUnseen[i])] += weights[i] * answered;
  }
  return permutationInterval(tables, seed, permutations);
}
