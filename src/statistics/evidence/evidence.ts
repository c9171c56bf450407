/**
 * The evidence for a run's numbers: intervals, tests, controls without training, why classes differ, and the
 * answer.
 */
import { mean, quantile } from 'simple-statistics';
import { controlOf, zeroRows } from '../../train/index.js';
import type { DeepReadonly } from '../../util/read-only.js';
import { count, recordOf } from '../../util/schema-parts.js';
import * as z from '../../util/zod.js';
import type { Measures } from '../class-measures.js';
import type { ClassResult } from '../class-result.js';
import { type ClassCurve, stillImproves } from '../curves.js';
import { columnOf } from '../fold-columns.js';
import type { FoldData, RunData } from '../load.js';
import { measureFold } from '../measure-fold.js';
import type { PermutationNull } from '../permutation-null.js';
import { type AnswerInput, answer, answerSchema } from './answer.js';
import { bootstrap, intervalSchema, RESAMPLES } from './bootstrap.js';
import type { ComparedWith } from './compared-with.js';
import { RUN_STATISTICS, runStatistics } from './draw-statistics.js';
import { type NearestSeen, nearestSeen } from './nearest-seen.js';
import { holm, signFlip, signFlipTestSchema } from './paired-test.js';
import { type WhyClassesDiffer, whyClassesDiffer, whyClassesDifferSchema } from './relatives.js';
import { startVariance, startVarianceSchema } from './start-variance.js';
import { type ResamplingUnits, resamplingUnits, unitsSchema } from './units.js';
import { type ControlFold, untrainedControls, untrainedResultSchema } from './untrained.js';

const namedTestSchema = z.object({
  what: z.string(),
  /** Mean over the classes; positive is better. */
  mean: z.number().nullable(),
  /** null means "n/a": fewer than two units differ, or there is no calibration. */
  test: signFlipTestSchema.nullable(),
  /** Corrected over the tests of this list. */
  pHolm: z.number().nullable(),
});
type NamedTest = DeepReadonly<z.infer<typeof namedTestSchema>>;

/** A class with its relative change. */
export const namedChangeSchema = z.object({ label: z.string(), change: z.number() });

/**
 * Classes outside Tukey's fences: more than 1.5 interquartile ranges below the lower or above the upper
 * quartile of the relative changes.
 */
const outliersSchema = z.object({ low: z.number(), high: z.number(), classes: z.array(namedChangeSchema) });
type Outliers = DeepReadonly<z.infer<typeof outliersSchema>>;

export const evidenceSchema = z.object({
  intervals: z.object({
    method: z.literal('percentile bootstrap'),
    /** The resampling units and their number: superclasses if there are at least six, else classes. */
    by: unitsSchema.shape.by,
    units: unitsSchema.shape.count,
    resamples: count,
    of: recordOf(RUN_STATISTICS, intervalSchema.nullable()),
  }),
  tests: z.array(namedTestSchema),
  outliers: outliersSchema,
  /**
   * The classes at ranks ⌈n/4⌉ and ⌈3n/4⌉ by relative change, best first: the poster's "#25 and #75 of 100".
   */
  quartileClasses: z.array(namedChangeSchema.extend({ rank: count })),
  /** Labels whose loss was lowest after the last epoch. */
  stillImprovingLabels: z.array(z.string()),
  untrained: z.array(untrainedResultSchema),
  start: startVarianceSchema,
  why: whyClassesDifferSchema,
  answer: answerSchema,
});
export type Evidence = DeepReadonly<z.infer<typeof evidenceSchema>>;

export interface EvidenceInput {
  readonly data: RunData;
  readonly entries: readonly Measures[];
  readonly classes: readonly ClassResult[];
  readonly curves: readonly ClassCurve[];
  readonly permutationNull: PermutationNull | null;
  readonly comparedWith: ComparedWith | null;
  readonly resamples?: number;
}

/** The space of a fold's outputs: its targets, and their mean over the seen classes. */
function spaceOf({ space: { targets, directionless }, mu }: FoldData) {
  return { targets, directionless, mu };
}

export function gatherEvidence(input: EvidenceInput): Evidence {
  const { data, entries, classes, curves, permutationNull, comparedWith } = input;
  const resamples = input.resamples ?? RESAMPLES;
  const { seed, dataset } = data.run.run;
  const byName = new Map(curves.map((curve) => [`${curve.fold}/${curve.class}`, curve]));
  const curveOf = classes.map((c) => byName.get(`${c.fold}/${c.class}`) ?? null);
  const units = resamplingUnits(entries, dataset.superclassOf);
  const near = nearestOf(data, classes);
  const intervals = bootstrap(units, runStatistics(entries, curveOf), { seed, resamples });
  return {
    intervals: {
      method: 'percentile bootstrap',
      by: units.by,
      units: units.count,
      resamples,
      of: intervals,
    },
    tests: namedTests(classes, units, seed),
    outliers: outliers(classes),
    quartileClasses: quartileClasses(classes),
    stillImprovingLabels: curves.filter(stillImproves).map(({ label }) => label),
    untrained: untrainedControls(controlFolds(data, classes, near), dataset.superclassOf),
    start: startVariance(entries, untrainedVariance(data)),
    why: why(data, classes, near),
    answer: answer(answerInput('this run', classes), {
      interval: intervals.calibratedSkill,
      permutationNull: permutationNull?.intervals.calibratedSkill ?? null,
      control: comparedWith?.runs.find(({ control }) => controlOf(control).isNull)?.answer,
      onSameClasses: comparedWith?.own.answer,
    }),
  };
}

/** Mean square of the untrained network's outputs over images and dimensions. */
function untrainedVariance({ folds, dimension }: RunData): number {
  const total = (name: 'startSquares' | 'images') =>
    folds.reduce((sum, fold) => columnOf(measureFold(fold), name).reduce((a, b) => a + b, sum), 0);
  return total('startSquares') / (total('images') * dimension);
}

/** The input of the answer for a list of classes. */
export function answerInput(label: string, classes: readonly ClassResult[]): AnswerInput {
  const skills = classes.map((c) => c.calibratedSkill);
  return {
    label,
    runs: 1,
    meanChange: mean(classes.map((c) => c.change.initial)),
    meanVectorMeanChange: mean(classes.map((c) => c.meanVectorChange.initial)),
    calibratedSkill: skills.every((s) => s !== null) ? mean(skills as number[]) : null,
  };
}

function namedTests(classes: readonly ClassResult[], units: ResamplingUnits, seed: number): NamedTest[] {
  // In all three, positive differences are better.
  const differences: [string, readonly (number | null)[]][] = [
    ['final loss below the untrained network’s', classes.map((c) => c.initialLoss - c.finalLoss)],
    ['final loss below the mean vector’s', classes.map((c) => c.meanVectorLoss - c.finalLoss)],
    ['calibrated skill above 0', classes.map((c) => c.calibratedSkill)],
  ];
  const tests = differences.map(([what, values]) => {
    const known = values.every((value): value is number => value !== null);
    return known
      ? { what, mean: mean(values), test: signFlip(values, units, seed) }
      : { what, mean: null, test: null };
  });
  const corrected = holm(tests.map(({ test }) => test?.p ?? null));
  return tests.map((entry, i) => ({ ...entry, pHolm: corrected[i] }));
}

function outliers(classes: readonly ClassResult[]): Outliers {
  const changes = classes.map((c) => c.change.initial);
  const [lower, upper] = [quantile(changes, 0.25), quantile(changes, 0.75)];
  const low = lower - 1.5 * (upper - lower);
  const high = upper + 1.5 * (upper - lower);
  return {
    low,
    high,
    classes: classes
      .filter((c) => c.change.initial < low || c.change.initial > high)
      .sort((a, b) => a.change.initial - b.change.initial)
      .map((c) => ({ label: c.label, change: c.change.initial })),
  };
}

function quartileClasses(classes: readonly ClassResult[]): Evidence['quartileClasses'] {
  if (classes.length < 4) return [];
  const sorted = [...classes].sort((a, b) => a.change.initial - b.change.initial || a.class - b.class);
  return [0.25, 0.75].map((share) => {
    const rank = Math.ceil(share * sorted.length);
    return { rank, label: sorted[rank - 1].label, change: sorted[rank - 1].change.initial };
  });
}

/** The nearest seen word of each of `classes`; null for a word without a direction. */
function nearestOf(data: RunData, classes: readonly ClassResult[]): (NearestSeen | null)[] {
  const { dimension } = data.run.run.words;
  const { targets } = data.run;
  const zero = new Set(zeroRows(targets, dimension));
  const seenOf = new Map(
    data.folds.map((fold) => [fold.record.id, [...fold.seen].filter((c) => !zero.has(c))]),
  );
  return classes.map((c) =>
    zero.has(c.class) ? null : nearestSeen(targets, dimension, c.class, seenOf.get(c.fold)!),
  );
}

function controlFolds(
  data: RunData,
  classes: readonly ClassResult[],
  near: readonly (NearestSeen | null)[],
): ControlFold[] {
  return data.folds.map((fold) => ({
    ...spaceOf(fold),
    seen: [...fold.seen],
    heldOut: classes.flatMap((c, i) =>
      c.fold === fold.record.id
        ? [{ index: c.class, initialLoss: c.initialLoss, nearestSeen: near[i]?.class ?? null }]
        : [],
    ),
  }));
}

function why(
  data: RunData,
  classes: readonly ClassResult[],
  near: readonly (NearestSeen | null)[],
): WhyClassesDiffer {
  const { dataset, words } = data.run.run;
  const { superclassOf } = dataset;
  const seenOf = new Map(data.folds.map((fold) => [fold.record.id, fold.seen]));
  return whyClassesDiffer(
    classes.flatMap((c, i) => {
      const nearest = near[i];
      if (!nearest) return [];
      const siblings = seenOf.get(c.fold)!.filter((s) => superclassOf[s] === superclassOf[c.class]);
      return [
        {
          label: c.label,
          superclass: c.superclass,
          multiWord: words.labels[c.class].via === 'mean' || /[\s_-]/.test(c.label),
          gain: -c.change.initial,
          meanVectorGain: -c.meanVectorChange.initial,
          calibratedSkill: c.calibratedSkill,
          centredCosine: c.centredCosine,
          rank: c.all.rank,
          nearest: nearest.cosine,
          nearestLabel: dataset.classes[nearest.class],
          nearestFive: nearest.five,
          siblings: superclassOf.length > 0 ? siblings.length : null,
        },
      ];
    }),
  );
}
