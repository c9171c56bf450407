/**
 * The summary of a run: the headline with its nulls, the poster's measures, and a row for every held-out
 * class. Everything is computed from the kept outputs or records; the logs provide only the curves.
 * summary.json contains this object.
 */

import { max, median, min, quantile } from 'simple-statistics';
import { superclassNames } from '../crossval/protocols.js';
import { Normalised, RunConfig } from '../crossval/run-file.js';
import { targetWarnings } from '../crossval/target-faults.js';
import { FORMAT_VERSION } from '../train/index.js';
import { LexelError } from '../util/errors.js';
import type { DeepReadonly } from '../util/read-only.js';
import { count, numberOrNaN, recordOf } from '../util/schema-parts.js';
import * as z from '../util/zod.js';
import { aggregate, chanceLevels } from './aggregate.js';
import { calibratedSkillAt, crossFittedAlphas } from './calibration.js';
import type { Measures } from './class-measures.js';
import { type ByStart, byStartSchema, type ClassResult, classResultSchema } from './class-result.js';
import { classCurves, flatAfter, quartileBands, quartileCurves, stillImproves } from './curves.js';
import { comparedWithSchema, compareWith } from './evidence/compared-with.js';
import { evidenceSchema, gatherEvidence, namedChangeSchema } from './evidence/evidence.js';
import { labelFaults } from './label-faults.js';
import { loadRun, type RunData } from './load.js';
import { measureFold } from './measure-fold.js';
import { measureRun } from './measure-run.js';
import { relativeChange, STATISTICS, type Statistic, skillOf } from './measures.js';
import { notesOn } from './notes.js';
import {
  computePermutationNull,
  DEFAULT_PERMUTATIONS,
  nullIntervalSchema,
  permutationNullSchema,
} from './permutation-null.js';
import { type ZeroShotOptions, zeroShotSchema, zeroShotSummary } from './zero-shot/zero-shot.js';

/** A number with its values without transfer. */
const headlineSchema = z.object({
  /** null means "n/a": the protocol holds out too few classes. */
  value: z.number().nullable(),
  /** Expected by ranking at random or by predicting the mean vector; null if neither is defined. */
  chance: z.number().nullable(),
  permutationNull: nullIntervalSchema.nullable(),
});
export type Headline = DeepReadonly<z.infer<typeof headlineSchema>>;

/** Relative changes over the held-out classes, as in the poster; negative is better. */
const changeSummarySchema = z.object({
  /** Number of classes whose loss decreased. */
  improved: count,
  count,
  median: z.number(),
  lowerQuartile: z.number(),
  upperQuartile: z.number(),
  best: namedChangeSchema,
  worst: namedChangeSchema,
});
export type ChangeSummary = DeepReadonly<z.infer<typeof changeSummarySchema>>;

/** summary.json. */
export const summarySchema = z.object({
  format: z.literal('lexel-summary'),
  version: z.literal(FORMAT_VERSION),
  run: z.object({
    protocol: z.string(),
    recipe: z.string(),
    /**
     * `name` is the reading that ranks and cosines are measured by; `own` is the network's own reading, which
     * losses, skill and relative change use. Summaries of earlier versions lack this key and used the
     * network's own.
     */
    reading: z.object({ name: z.string(), own: z.string() }).optional(),
    /** The control that the run is; null for the real experiment. */
    control: z.string().nullable(),
    preset: z.string(),
    seed: count,
    created: z.string(),
    command: z.string(),
    lexel: z.string(),
    node: z.string(),
    cpu: z.string(),
    backend: z.string(),
    isa: z.string(),
    /** Build id of the kernels; null in runs of earlier versions. */
    build: z.string().nullable(),
    /** The set of images whose statistics normalise the pixels. */
    normalisation: Normalised,
    config: RunConfig,
    dataset: z.object({
      name: z.string(),
      hash: z.string(),
      classes: count,
      /** Name of each class's superclass; empty if there are none. */
      superclasses: z.array(z.string()),
      trainCount: count,
      testCount: count,
    }),
    words: z.object({
      source: z.string(),
      checksum: z.string(),
      dimension: count,
      /** Number of words in the file; null for runs of earlier versions. */
      count: count.nullable().default(null),
      multiWord: z.array(z.string()),
      aliased: z.array(z.string()),
    }),
  }),
  folds: z.object({
    finished: count,
    total: count,
    unusable: z.array(z.object({ id: z.string(), reason: z.string() })),
    /** Number of training images dropped because their pixels equal a held-out image's, over all folds. */
    droppedDuplicates: count,
    /** Training time in seconds, summed over folds. */
    seconds: z.number(),
    /** Median over folds. */
    imagesPerSecond: z.number().nullable(),
    parameters: count.nullable(),
  }),
  /** Number of candidate labels for ranks: those whose vector has a direction. */
  candidates: z.object({ all: count, heldOut: count.nullable() }),
  headline: recordOf(STATISTICS, headlineSchema),
  /** Median α of the calibration; null means "n/a". */
  alpha: z.number().nullable(),
  change: byStartSchema(changeSummarySchema),
  meanVectorChange: byStartSchema(changeSummarySchema),
  /** Number of held-out classes whose final loss is below the mean vector's. */
  beatMeanVector: count,
  /**
   * Centred cosine of the seen classes, averaged over folds and classes: the value of the measure for classes
   * in the training set.
   */
  seenCentredCosine: numberOrNaN,
  curve: z.object({
    /** Number of epochs of the fold that trained longest. */
    epochs: count,
    flatAfter: count.nullable(),
    stillImproving: count,
    count,
    /** The classes whose curves figure 2 draws, ranked by final loss. */
    quartileClasses: z.array(z.object({ rank: count, label: z.string() })),
  }),
  /** null if every fold holds out one class. */
  permutationNull: permutationNullSchema.nullable(),
  ...evidenceSchema.shape,
  /** Comparison with other runs (`--compared-with`). */
  comparedWith: comparedWithSchema.nullable(),
  /** In the order of the folds and their held-out classes. */
  classes: z.array(classResultSchema),
  /** Results with a vocabulary, with seen labels as answers, and over superclasses; hubs. */
  zeroShot: zeroShotSchema,
  /** Cautions that readers should know. */
  notes: z.array(z.string()),
});
export type Summary = DeepReadonly<z.infer<typeof summarySchema>>;

export interface SummaryOptions {
  /** Number of permutations for the null; default 2000. */
  readonly permutations?: number;
  /** Number of bootstrap draws; default 10,000. */
  readonly resamples?: number;
  /** Directories of runs to compare this one with. */
  readonly comparedWith?: readonly string[];
  /** Words that are candidates in addition to the labels. */
  readonly vocabulary?: ZeroShotOptions['vocabulary'];
}

/**
 * Summarises a run directory, by one of its readings. @throws LexelError or FormatError like {@link loadRun}.
 */
export function summariseRun(
  dir: string,
  options: SummaryOptions & { readonly reading?: string } = {},
): Summary {
  return summarise(loadRun(dir, options.reading), options);
}

/**
 * Summarises a loaded run.
 * @throws LexelError if the run holds out no class (`lexel train` without --holdout)
 */
export function summarise(data: RunData, options: SummaryOptions = {}): Summary {
  const { run, folds: records } = data.run;
  const { tables, routed } = measureRun(data);
  const entries = tables.flatMap(({ own }) => own);
  if (entries.length === 0) {
    throw new LexelError(
      `${data.run.dir} holds out no class, so there is no transfer to report`,
      'train with --holdout <labels>, or run lexel loo',
    );
  }
  const { faults, directed } = labelFaults(data);
  const groupSizes = data.folds.flatMap(({ heldOut }) =>
    heldOut.map(() => directed(heldOut.map((h) => h.index))),
  );
  const labels = directed(run.dataset.classes.keys());
  const permutationNull = computePermutationNull(
    tables,
    run.seed,
    options.permutations ?? DEFAULT_PERMUTATIONS,
  );
  const values = aggregate(entries);
  const chance = chanceLevels(entries, labels, groupSizes);
  const headline = Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      name,
      {
        value,
        chance: value === null ? null : chance[name as Statistic],
        permutationNull: permutationNull?.intervals[name as Statistic] ?? null,
      },
    ]),
  ) as Record<Statistic, Headline>;
  const classes = classResults(data, entries);
  const curves = classCurves(data);
  const alphas = classes.flatMap(({ alpha }) => (alpha === null ? [] : [alpha]));
  const ends = data.folds.flatMap(({ record }) => (record.end ? [record.end] : []));
  const groups = [...new Set(groupSizes)];
  const comparedWith = options.comparedWith?.length ? compareWith(data, options.comparedWith) : null;
  return {
    format: 'lexel-summary',
    version: FORMAT_VERSION,
    run: provenance(data),
    folds: {
      finished: data.folds.length + data.unusable.length,
      total: records.length,
      unusable: data.unusable,
      droppedDuplicates: data.folds.reduce(
        (sum, { record }) => sum + (record.start?.droppedDuplicates ?? 0),
        0,
      ),
      seconds: ends.reduce((sum, end) => sum + end.seconds, 0),
      imagesPerSecond: ends.length > 0 ? median(ends.map((end) => end.imagesPerSecond)) : null,
      parameters: data.folds[0].record.start?.parameters ?? null,
    },
    candidates: {
      all: labels,
      heldOut: groups.length === 1 && groups[0] > 1 ? groups[0] : null,
    },
    headline,
    alpha: alphas.length > 0 ? median(alphas) : null,
    change: byStart((start) => changeSummary(classes, (c) => c.change[start])),
    meanVectorChange: byStart((start) => changeSummary(classes, (c) => c.meanVectorChange[start])),
    beatMeanVector: classes.filter((c) => c.finalLoss < c.meanVectorLoss).length,
    seenCentredCosine: seenCentredCosine(data),
    curve: {
      epochs: curves.length > 0 ? max(curves.map(({ trained }) => trained)) : run.config.epochs,
      flatAfter: flatAfter(quartileBands(curves, 'relative')),
      stillImproving: curves.filter(stillImproves).length,
      count: curves.length,
      quartileClasses: quartileCurves(curves, 'loss').map(({ rank, curve }) => ({
        rank,
        label: curve.label,
      })),
    },
    permutationNull,
    ...gatherEvidence({
      data,
      entries,
      classes,
      curves,
      permutationNull,
      comparedWith,
      resamples: options.resamples,
    }),
    comparedWith,
    classes,
    zeroShot: zeroShotSummary(data, routed, headline.ausuc, options),
    notes: [
      ...targetWarnings(faults, run),
      ...notesOn(data, classes, curves, options.vocabulary, routed.filter(Boolean).length),
    ],
  };
}

function byStart<T>(make: (start: keyof ByStart<T>) => T): ByStart<T> {
  return { initial: make('initial'), firstEpoch: make('firstEpoch'), zero: make('zero') };
}

function classResults(data: RunData, entries: readonly Measures[]): ClassResult[] {
  const { classes, superclasses, superclassOf } = data.run.run.dataset;
  const alphas = crossFittedAlphas(entries);
  const owners = data.folds.flatMap(({ record, heldOut }) =>
    heldOut.map((held) => ({ fold: record.id, held })),
  );
  return entries.map((entry, i): ClassResult => {
    const { initialLoss, firstEpochLoss, finalLoss, zeroLoss, meanVectorLoss } = entry;
    const starts = { initial: initialLoss, firstEpoch: firstEpochLoss, zero: zeroLoss };
    return {
      fold: owners[i].fold,
      class: entry.target,
      label: classes[entry.target],
      superclass: superclasses[superclassOf[entry.target]] ?? null,
      images: owners[i].held.images,
      initialLoss,
      firstEpochLoss,
      finalLoss,
      zeroLoss,
      meanVectorLoss,
      change: byStart((start) => relativeChange(finalLoss, starts[start])),
      meanVectorChange: byStart((start) => relativeChange(meanVectorLoss, starts[start])),
      skill: skillOf(entry),
      calibratedSkill: alphas ? calibratedSkillAt(alphas[i], entry) : null,
      alpha: alphas ? alphas[i] : null,
      centredCosine: entry.centredCosine,
      all: entry.all,
      heldOut: entry.heldOut,
      withSeen: entry.withSeen,
    };
  });
}

function changeSummary(classes: readonly ClassResult[], changeOf: (c: ClassResult) => number): ChangeSummary {
  const changes = classes.map(changeOf);
  const named = (change: number) => ({ label: classes[changes.indexOf(change)].label, change });
  return {
    improved: changes.filter((change) => change < 0).length,
    count: changes.length,
    median: median(changes),
    lowerQuartile: quantile(changes, 0.25),
    upperQuartile: quantile(changes, 0.75),
    best: named(min(changes)),
    worst: named(max(changes)),
  };
}

function seenCentredCosine({ folds }: RunData): number {
  const parts = folds.map((fold) => measureFold(fold).seenCosine);
  const total = (of: 'sum' | 'count') => parts.reduce((sum, part) => sum + part[of], 0);
  return total('sum') / total('count');
}

function provenance({ run: { run }, reading }: RunData): Summary['run'] {
  const { protocol, recipe, preset, seed, created, command, lexel, node, cpu, backend, isa, config } = run;
  const { name, hash, classes, trainCount, testCount } = run.dataset;
  const superclasses = superclassNames(run.dataset);
  const { source, checksum, dimension, count: words = null, labels } = run.words;
  const labelsBy = (via: string) => labels.filter((entry) => entry.via === via).map((entry) => entry.label);
  return {
    ...{
      protocol,
      recipe,
      reading: { ...reading },
      control: run.control ?? null,
      preset,
      seed,
      created,
      command,
      lexel,
      node,
      cpu,
      backend,
      isa,
      build: run.build ?? null,
      normalisation: run.normalisation,
      config,
    },
    dataset: { name, hash, classes: classes.length, superclasses, trainCount, testCount },
    words: {
      ...{ source, checksum, dimension, count: words },
      multiWord: labelsBy('mean'),
      aliased: labelsBy('alias'),
    },
  };
}
