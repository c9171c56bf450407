/**
 * Why classes differ: do classes with close relatives among the seen classes do better? Rank correlations of
 * three outcomes with three measures of relatedness, over all held-out classes and again without multi-word
 * labels, whose vectors may share a word with related labels. The gain alone is confounded, because the mean
 * vector's own gain is also correlated with relatedness; so that correlation is shown too.
 */
import { mean } from 'simple-statistics';
import type { DeepReadonly } from '../../util/read-only.js';
import * as z from '../../util/zod.js';
import { correlationSchema, isConstant, spearman } from './correlation.js';

/** The outcomes and measures of a class, also averaged over a superclass. */
const relatedSchema = z.object({
  /** The relative change against L0, negated. */
  gain: z.number(),
  /** The gain of the mean vector. */
  meanVectorGain: z.number(),
  calibratedSkill: z.number().nullable(),
  centredCosine: z.number(),
  rank: z.number(),
  /** Plain cosine of the raw word vectors. */
  nearest: z.number(),
});

/**
 * One held-out class with its relatives. Classes whose word has no direction are excluded. Means over folds
 * if a class was held out several times.
 */
const relativesSchema = relatedSchema.extend({
  label: z.string(),
  superclass: z.string().nullable(),
  /** Whether the label has several words, so that its vector is formed from, or shared with, other words. */
  multiWord: z.boolean(),
  nearestLabel: z.string(),
  nearestFive: z.number(),
  /** Number of seen classes in its superclass; null without superclasses. */
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
  /** null means "n/a", with the reason in `why`. */
  all: correlationSchema.nullable(),
  singleWord: correlationSchema.nullable(),
  why: z.string().nullable(),
});
type CorrelationRow = DeepReadonly<z.infer<typeof correlationRowSchema>>;

const superclassRowSchema = relatedSchema.extend({ superclass: z.string(), labels: z.array(z.string()) });
export type SuperclassRow = DeepReadonly<z.infer<typeof superclassRowSchema>>;

export const whyClassesDifferSchema = z.object({
  correlations: z.array(correlationRowSchema),
  /** Sorted by centred cosine, best first. */
  superclasses: z.array(superclassRowSchema),
  superclassesSingleWord: z.array(superclassRowSchema),
  classes: z.array(relativesSchema),
});
export type WhyClassesDiffer = DeepReadonly<z.infer<typeof whyClassesDifferSchema>>;

/** @param entries one per held-out class and fold; entries of the same label are averaged first */
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
