/**
 * The poster's headline number without any training: the relative change of the mean vector against an
 * untrained network whose outputs vary about zero with variance v, so that L0 = Lz + v. The relative change
 * depends on v, so every run has to be compared with the value at its own v.
 */
import { max, median } from 'simple-statistics';
import type { DeepReadonly } from '../../util/read-only.js';
import { count } from '../../util/schema-parts.js';
import * as z from '../../util/zod.js';
import { relativeChange } from '../measures.js';

const startPointSchema = z.object({
  /** Mean square of an untrained output per dimension. */
  variance: z.number(),
  /** Relative change of the mean vector over the held-out classes: median and number improved. */
  median: z.number(),
  improved: count,
  worst: z.number(),
});
export type StartPoint = DeepReadonly<z.infer<typeof startPointSchema>>;

export const startVarianceSchema = z.object({
  /** The run's own variance: mean of the squared output at epoch 0, over images and dimensions. */
  own: z.number(),
  count,
  curve: z.array(startPointSchema),
});
export type StartVariance = DeepReadonly<z.infer<typeof startVarianceSchema>>;

const STEPS = 100;

/** @param entries Lz and Lm of each held-out class */
export function startPoint(
  entries: readonly { readonly zeroLoss: number; readonly meanVectorLoss: number }[],
  variance: number,
): StartPoint {
  const changes = entries.map((e) => relativeChange(e.meanVectorLoss, e.zeroLoss + variance));
  return {
    variance,
    median: median(changes),
    improved: changes.filter((change) => change < 0).length,
    worst: max(changes),
  };
}

/**
 * The curve from 0 to beyond both 0.16, the largest documented example, and this run's own variance.
 * @param own mean square of the untrained outputs
 */
export function startVariance(
  entries: readonly { readonly zeroLoss: number; readonly meanVectorLoss: number }[],
  own: number,
): StartVariance {
  // Targets of another scale (a recipe's unit vectors) need another range: up to their own mean square.
  const power = median(entries.map((e) => e.zeroLoss));
  const end = Math.max(1.25 * own, power);
  return {
    own,
    count: entries.length,
    curve: Array.from({ length: STEPS + 1 }, (_, i) => startPoint(entries, (end * i) / STEPS)),
  };
}
