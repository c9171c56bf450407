/**
 * A run in numbers: the headline with its nulls, the poster's measures, and a line for every held-out class. All of
 * it is computed again from the kept outputs; the logs only give the curves. summary.json is this, as JSON.
 */

import { max, median, min, quantile } from 'simple-statistics';
import { superclassNames } from '../crossval/protocols.js';
import type { Normalised, RunConfig } from '../crossval/run-file.js';
import { targetFaults, targetWarnings } from '../crossval/target-faults.js';
import { FORMAT_VERSION } from '../train/index.js';
import { LexelError } from '../util/errors.js';
import { centredCosine, meanOfNumbers } from '../util/metrics.js';
import { aggregate, chanceLevels } from './aggregate.js';
import { calibratedSkillAt, crossFittedAlphas } from './calibration.js';
import type { ByStart, ClassResult } from './class-result.js';
import { classCurves, flatAfter, quartileBands, quartileCurves, stillImproving } from './curves.js';
import { type ComparedWith, compareWith } from './evidence/compared-with.js';
import { type Evidence, gatherEvidence } from './evidence/evidence.js';
import { loadRun, type RunData } from './load.js';
import { measureRun } from './measure-run.js';
import { relativeChange, type Statistic, skillOf } from './measures.js';
import { notesOn } from './notes.js';
import type { Measures } from './pair-table.js';
import {
  computePermutationNull,
  DEFAULT_PERMUTATIONS,
  type NullInterval,
  type PermutationNull,
} from './permutation-null.js';
import { type ZeroShot, type ZeroShotOptions, zeroShotSummary } from './zero-shot/zero-shot.js';

/** A number beside what no transfer gives. */
export interface Headline {
  /** null = "n/a": the protocol holds out too few classes for it. */
  readonly value: number | null;
  /** Ranking at random, or answering the mean vector; null where neither is defined. */
  readonly chance: number | null;
  readonly permutationNull: NullInterval | null;
}

/** Relative changes over the held-out classes, as the poster gives them; negative is better. */
export interface ChangeSummary {
  /** Classes whose loss fell. */
  readonly improved: number;
  readonly count: number;
  readonly median: number;
  readonly lowerQuartile: number;
  readonly upperQuartile: number;
  readonly best: { readonly label: string; readonly change: number };
  readonly worst: { readonly label: string; readonly change: number };
}

export interface Summary extends Evidence {
  readonly format: 'lexel-summary';
  readonly version: typeof FORMAT_VERSION;
  readonly run: {
    readonly protocol: string;
    readonly recipe: string;
    /** The control that this run is; null: the real experiment. */
    readonly control: string | null;
    readonly preset: string;
    readonly seed: number;
    readonly created: string;
    readonly command: string;
    readonly lexel: string;
    readonly node: string;
    readonly cpu: string;
    readonly backend: string;
    readonly isa: string;
    /** Of the kernels; null in runs of earlier versions. */
    readonly build: string | null;
    /** Whose images the pixels are normalised with. */
    readonly normalisation: Normalised;
    readonly config: RunConfig;
    readonly dataset: {
      name: string;
      hash: string;
      classes: number;
      /** Of each class, by name; empty where there are none. */
      superclasses: string[];
      trainCount: number;
      testCount: number;
    };
    readonly words: {
      source: string;
      checksum: string;
      dimension: number;
      multiWord: string[];
      aliased: string[];
    };
  };
  readonly folds: {
    readonly finished: number;
    readonly total: number;
    readonly unusable: readonly { readonly id: string; readonly reason: string }[];
    /** Training images dropped because their pixels equal a held-out image's, over all folds. */
    readonly droppedDuplicates: number;
    /** Training time, summed over folds, in seconds. */
    readonly seconds: number;
    /** Median over folds. */
    readonly imagesPerSecond: number | null;
    readonly parameters: number | null;
  };
  /** Labels that ranks are among: those whose vector has a direction. */
  readonly candidates: { readonly all: number; readonly heldOut: number | null };
  readonly headline: Record<Statistic, Headline>;
  /** Median α of the calibration; null = "n/a". */
  readonly alpha: number | null;
  readonly change: ByStart<ChangeSummary>;
  readonly meanVectorChange: ByStart<ChangeSummary>;
  /** Held-out classes whose final loss is below the mean vector's. */
  readonly beatMeanVector: number;
  /** Mean over folds and seen classes: what the same measure is where the class was trained on. */
  readonly seenCentredCosine: number;
  readonly curve: {
    readonly epochs: number;
    readonly flatAfter: number | null;
    readonly stillImproving: number;
    readonly count: number;
    /** Whose curves figure 2 draws, ranked by final loss. */
    readonly quartileClasses: readonly { readonly rank: number; readonly label: string }[];
  };
  /** null where folds hold out one class. */
  readonly permutationNull: PermutationNull | null;
  /** Other runs that this one is compared with (`--compared-with`). */
  readonly comparedWith: ComparedWith | null;
  /** Ordered as folds and their held-out classes are. */
  readonly classes: readonly ClassResult[];
  /** Answering with a vocabulary, with seen labels among the answers, over superclasses; hubs. */
  readonly zeroShot: ZeroShot;
  /** Things that a reader should know before believing the numbers. */
  readonly notes: readonly string[];
}

export interface SummaryOptions {
  /** How many permutations the null has; default 2000. */
  readonly permutations?: number;
  /** Draws of the bootstrap; default 10,000. */
  readonly resamples?: number;
  /** Other runs to compare this one with. */
  readonly comparedWith?: readonly string[];
  /** Words beside the labels as candidates. */
  readonly vocabulary?: ZeroShotOptions['vocabulary'];
}

/** Everything about a run directory. @throws LexelError or FormatError as {@link loadRun}. */
export function summariseRun(dir: string, options: SummaryOptions = {}): Summary {
  return summarise(loadRun(dir), options);
}

/**
 * Everything about a loaded run.
 * @throws LexelError when the run holds no class out (`lexel train` without --holdout): there is nothing to measure
 */
export function summarise(data: RunData, options: SummaryOptions = {}): Summary {
  const { run, folds: records } = data.run;
  const { tables, routed } = measureRun(data);
  const entries = tables.flatMap((table) => table.map((row, i) => row[i]));
  if (entries.length === 0) {
    throw new LexelError(
      `${data.run.dir} holds no class out, so there is no transfer to report on`,
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
      epochs: run.config.epochs,
      flatAfter: flatAfter(quartileBands(curves, 'relative')),
      stillImproving: stillImproving(curves),
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
    notes: [...targetWarnings(faults, run), ...notesOn(data, classes, curves, options.vocabulary)],
  };
}

/** What is wrong with the run's label vectors, and how many of some classes have a direction. */
function labelFaults({ run: { run, targets } }: RunData) {
  const faults = targetFaults(run.recipe, run.config.loss, targets, run.words.dimension);
  const zero = new Set(faults.zero);
  const directed = (classes: Iterable<number>) => [...classes].filter((c) => !zero.has(c)).length;
  return { faults, directed };
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

function seenCentredCosine({ folds, dimension: d }: RunData): number {
  return meanOfNumbers(
    folds.flatMap(({ mu, space: { targets, directionless }, seen }) =>
      [...seen.classes].map((c, i) =>
        directionless.has(c)
          ? Number.NaN
          : centredCosine(seen.means.subarray(i * d, (i + 1) * d), targets.subarray(c * d, (c + 1) * d), mu),
      ),
    ),
  );
}

function provenance({ run: { run } }: RunData): Summary['run'] {
  const { protocol, recipe, preset, seed, created, command, lexel, node, cpu, backend, isa, config } = run;
  const { name, hash, classes, trainCount, testCount } = run.dataset;
  const superclasses = superclassNames(run.dataset);
  const { source, checksum, dimension, labels } = run.words;
  const labelsBy = (via: string) => labels.filter((entry) => entry.via === via).map((entry) => entry.label);
  return {
    ...{
      protocol,
      recipe,
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
    words: { source, checksum, dimension, multiWord: labelsBy('mean'), aliased: labelsBy('alias') },
  };
}
