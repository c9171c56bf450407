/**
 * Why classes differ: is a class that has close relatives among the seen ones met better? Rank correlations of three
 * outcomes with three measures of relatedness, over all held-out classes and again without labels of several words,
 * whose vectors may share a word with their siblings'. The gain alone is confounded, since the mean vector's own gain
 * goes with relatedness too; so that correlation stands beside it.
 */
import { mean } from 'simple-statistics';
import { z } from 'zod';
import type { DeepReadonly } from '../../util/read-only.js';
import { correlationSchema, isConstant, spearman } from './correlation.js';

/** What is said of a class, and as a mean of a superclass. */
const relatedSchema = z.object({
  /** −relative change against L0. */
  gain: z.number(),
  /** The mean vector's own. */
  meanVectorGain: z.number(),
  calibratedSkill: z.number().nullable(),
  centredCosine: z.number(),
  rank: z.number(),
  /** Plain cosine of the raw word vectors. */
  nearest: z.number(),
});

/**
 * One held-out class with its relatives; a word without a direction has none. Means over folds where it was held out more than
 * once.
 */
const relativesSchema = relatedSchema.extend({
  label: z.string(),
  superclass: z.string().nullable(),
  /** Several words: the vector is formed from, or shared with, others. */
  multiWord: z.boolean(),
  nearestLabel: z.string(),
  nearestFive: z.number(),
  /** Classes of its superclass among the seen; null where there are no superclasses. */
  siblings: z.number().nullable(),
});
export type Relatives = DeepReadonly<z.infer<typeof relativesSchema>>;

export const OUTCOMES = {
  gain: 'gain (−relative change)',
  calibratedSkill: 'calibrated skill',
  centredCosine: 'centred cosine',
  meanVectorGain: "mean vector's own gain",
} as const;
export const PREDICTORS = {
  nearest: 'cosine to the nearest seen label',
  nearestFive: 'mean cosine to the 5 nearest',
  siblings: 'seen siblings in its superclass',
  meanVectorGain: "mean vector's own gain",
} as const;
export type Outcome = keyof typeof OUTCOMES;
export type Predictor = keyof typeof PREDICTORS;

const ALL_OUTCOMES = Object.keys(OUTCOMES) as Outcome[];
const ALL_PREDICTORS = Object.keys(PREDICTORS) as Predictor[];

const correlationRowSchema = z.object({
  outcome: z.enum(ALL_OUTCOMES),
  predictor: z.enum(ALL_PREDICTORS),
  /** null = "n/a", for the reason given. */
  all: correlationSchema.nullable(),
  singleWord: correlationSchema.nullable(),
  why: z.string().nullable(),
});
type CorrelationRow = DeepReadonly<z.infer<typeof correlationRowSchema>>;

const superclassRowSchema = relatedSchema.extend({ superclass: z.string(), labels: z.array(z.string()) });
export type SuperclassRow = DeepReadonly<z.infer<typeof superclassRowSchema>>;

export const whyClassesDifferSchema = z.object({
  correlations: z.array(correlationRowSchema),
  /** Best centred cosine first. */
  superclasses: z.array(superclassRowSchema),
  superclassesSingleWord: z.array(superclassRowSchema),
  classes: z.array(relativesSchema),
});
export type WhyClassesDiffer = DeepReadonly<z.infer<typeof whyClassesDifferSchema>>;

/** @param entries one a held-out class and fold; those of one label are averaged first. */
export function whyClassesDiffer(entries: readonly Relatives[]): WhyClassesDiffer {
  const classes = [...new Set(entries.map((e) => e.label))].map((label) =>
    averaged(entries.filter((e) => e.label === label)),
  );
  const single = classes.filter((c) => !c.multiWord);
  const pairs = ALL_OUTCOMES.flatMap((outcome) =>
    ALL_PREDICTORS.filter((predictor) => predictor !== 'meanVectorGain' || outcome === 'gain').map(
      (predictor): [Outcome, Predictor] => [outcome, predictor],
    ),
  );
  return {
    correlations: pairs.map(([outcome, predictor]) => correlate(classes, single, outcome, predictor)),
    superclasses: bySuperclass(classes),
    superclassesSingleWord: bySuperclass(single),
    classes,
  };
}

function correlate(
  all: readonly Relatives[],
  single: readonly Relatives[],
  outcome: Outcome,
  predictor: Predictor,
): CorrelationRow {
  const of = (list: readonly Relatives[]) => {
    const usable = list.filter((c) => c[outcome] !== null && c[predictor] !== null);
    const x = usable.map((c) => c[predictor] as number);
    const y = usable.map((c) => c[outcome] as number);
    return { x, y, found: spearman(x, y) };
  };
  const whole = of(all);
  let why: string | null = null;
  if (!whole.found) {
    if (whole.x.length === 0)
      why = predictor === 'siblings' ? 'no superclasses' : 'fewer than 10 held-out classes';
    else if (isConstant(whole.x)) why = `${whole.x[0]} for every class: nothing varies`;
    else why = 'too few classes';
  }
  return { outcome, predictor, all: whole.found, singleWord: of(single).found, why };
}

function averaged(list: readonly Relatives[]): Relatives {
  if (list.length === 1) return list[0];
  const over = (of: (entry: Relatives) => number) => mean(list.map(of));
  const orNull = (key: 'calibratedSkill' | 'siblings') =>
    list.some((e) => e[key] === null) ? null : over((e) => e[key] as number);
  return {
    ...list[0],
    gain: over((e) => e.gain),
    meanVectorGain: over((e) => e.meanVectorGain),
    calibratedSkill: orNull('calibratedSkill'),
    centredCosine: over((e) => e.centredCosine),
    rank: over((e) => e.rank),
    nearest: over((e) => e.nearest),
    nearestFive: over((e) => e.nearestFive),
    siblings: orNull('siblings'),
  };
}

function bySuperclass(classes: readonly Relatives[]): SuperclassRow[] {
  const names = [...new Set(classes.flatMap((c) => (c.superclass === null ? [] : [c.superclass])))];
  return names
    .map((superclass): SuperclassRow => {
      const members = classes.filter((c) => c.superclass === superclass);
      const over = (of: (entry: Relatives) => number) => mean(members.map(of));
      return {
        superclass,
        labels: members.map((c) => c.label),
        gain: over((c) => c.gain),
        meanVectorGain: over((c) => c.meanVectorGain),
        calibratedSkill: members.some((c) => c.calibratedSkill === null)
          ? null
          : over((c) => c.calibratedSkill as number),
        centredCosine: over((c) => c.centredCosine),
        rank: over((c) => c.rank),
        nearest: over((c) => c.nearest),
      };
    })
    .sort((a, b) => b.centredCosine - a.centredCosine);
}
