/**
 * Controls without training: a constant output for each held-out class, whatever the image. Two of them are
 * oracles: they use the true word's position to choose the best constant that the seen classes offer. They
 * show what a perfect recogniser of relatives would reach without going beyond the words of the training set.
 */
import { mean, median } from 'simple-statistics';
import {
  centredCosine,
  hitAt,
  meanOfNumbers,
  meanRank,
  meanRow,
  mse,
  prepareCandidates,
  rankOutputs,
} from '../../util/metrics.js';
import type { DeepReadonly } from '../../util/read-only.js';
import { count } from '../../util/schema-parts.js';
import * as z from '../../util/zod.js';
import { relativeChange } from '../measures.js';

export const UNTRAINED_CONTROLS = {
  zero: 'zero answer',
  meanVector: 'mean of the seen words',
  nearestSeen: 'nearest seen word (oracle)',
  superclassMean: 'mean of the seen words of its superclass (oracle)',
} as const;
export type UntrainedControl = keyof typeof UNTRAINED_CONTROLS;
const ALL_CONTROLS = Object.keys(UNTRAINED_CONTROLS) as UntrainedControl[];

/** The scores of a constant output, over the held-out classes for which it exists. */
export const untrainedResultSchema = z.object({
  control: z.enum(ALL_CONTROLS),
  what: z.string(),
  classes: count,
  /** Relative to the untrained network (L0). */
  medianChange: z.number(),
  improved: count,
  skill: z.number(),
  /**
   * Mean rank among all labels. null for the mean vector, which has no direction once the mean is subtracted,
   * and if no class has a direction.
   */
  rank: z.number().nullable(),
  hit5: z.number().nullable(),
  centredCosine: z.number().nullable(),
});
export type UntrainedResult = DeepReadonly<z.infer<typeof untrainedResultSchema>>;

/** The data of one fold that the controls need, in its recipe's space. */
export interface ControlFold {
  /** float32 [classes, d]. */
  readonly targets: Float32Array;
  /** Classes without rank and cosine; see `TargetSpace`. Default: none. */
  readonly directionless?: ReadonlySet<number>;
  /** [d], the mean of the seen classes' targets. */
  readonly mu: Float64Array;
  readonly seen: readonly number[];
  readonly heldOut: readonly {
    readonly index: number;
    readonly initialLoss: number;
    /** The seen class with the nearest word; null for a word without a direction. */
    readonly nearestSeen: number | null;
  }[];
}

/**
 * Computes the controls over all folds.
 * @param superclassOf superclass by class; if empty, there is no superclass control
 */
export function untrainedControls(
  folds: readonly ControlFold[],
  superclassOf: readonly number[],
): UntrainedResult[] {
  return ALL_CONTROLS.flatMap((control) => {
    const scores = folds.flatMap((fold) => scoreFold(fold, control, superclassOf));
    return scores.length > 0 ? [resultOf(control, scores)] : [];
  });
}

interface Score {
  readonly loss: number;
  readonly initialLoss: number;
  readonly meanLoss: number;
  readonly rank: number;
  readonly hit5: number;
  readonly cosine: number;
}

function scoreFold(fold: ControlFold, control: UntrainedControl, superclassOf: readonly number[]): Score[] {
  const { targets, directionless = new Set(), mu, heldOut } = fold;
  const d = mu.length;
  const candidates = prepareCandidates(targets, mu, 'cosine', directionless);
  return heldOut.flatMap(({ index, initialLoss, nearestSeen }) => {
    const target = targets.subarray(index * d, (index + 1) * d);
    const answer = fixedAnswer(fold, control, { index, nearestSeen }, superclassOf);
    if (!answer) return [];
    const found = rankOutputs(answer, index, candidates);
    return [
      {
        loss: mse(answer, target),
        initialLoss,
        meanLoss: mse(mu, target),
        rank: meanRank(found),
        hit5: hitAt(found, 5),
        cosine: directionless.has(index) ? Number.NaN : centredCosine(answer, target, mu),
      },
    ];
  });
}

function fixedAnswer(
  { targets, mu, seen }: ControlFold,
  control: UntrainedControl,
  { index, nearestSeen }: Pick<ControlFold['heldOut'][number], 'index' | 'nearestSeen'>,
  superclassOf: readonly number[],
): Float64Array | null {
  const d = mu.length;
  const row = (c: number) => targets.subarray(c * d, (c + 1) * d);
  switch (control) {
    case 'zero':
      return new Float64Array(d);
    case 'meanVector':
      return mu;
    case 'nearestSeen':
      return nearestSeen === null ? null : Float64Array.from(row(nearestSeen));
    case 'superclassMean': {
      const siblings = seen.filter((c) => superclassOf[c] === superclassOf[index]);
      return superclassOf.length > 0 && siblings.length > 0 ? meanRow(targets, d, siblings) : null;
    }
  }
}

function resultOf(control: UntrainedControl, scores: readonly Score[]): UntrainedResult {
  const changes = scores.map((s) => relativeChange(s.loss, s.initialLoss));
  const directed = (of: (score: Score) => number) => {
    const found = control === 'meanVector' ? Number.NaN : meanOfNumbers(scores.map(of));
    return Number.isNaN(found) ? null : found;
  };
  return {
    control,
    what: UNTRAINED_CONTROLS[control],
    classes: scores.length,
    medianChange: median(changes),
    improved: changes.filter((change) => change < 0).length,
    skill: mean(scores.map((s) => (s.meanLoss > 0 ? 1 - s.loss / s.meanLoss : 0))),
    rank: directed((s) => s.rank),
    hit5: directed((s) => s.hit5),
    centredCosine: directed((s) => s.cosine),
  };
}
