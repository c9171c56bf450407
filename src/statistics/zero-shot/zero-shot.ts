/** All zero-shot figures of a run: the content of `zeroShot` in summary.json and of the report's section. */

import { mean } from 'simple-statistics';
import { zeroRows } from '../../train/index.js';
import { meanOfNumbers } from '../../util/metrics.js';
import type { DeepReadonly } from '../../util/read-only.js';
import { count, recordOf } from '../../util/schema-parts.js';
import * as z from '../../util/zod.js';
import type { WordVectors } from '../../words/index.js';
import { type WordRanks, wordRanksSchema } from '../class-measures.js';
import { columnOf, type FoldMeasures, type Scoring } from '../fold-columns.js';
import { answersOf, type FoldData, type RunData } from '../load.js';
import { measureFold } from '../measure-fold.js';
import { wordRanksOf } from '../pair-table.js';
import { DEFAULT_PERMUTATIONS, type NullInterval, nullIntervalSchema } from '../permutation-null.js';
import { zeroShotFold } from './fold.js';
import type { Routed } from './generalised.js';
import { generalisedSummary, generalisedSummarySchema } from './generalised-summary.js';
import { HIERARCHICAL_AT, hierarchicalBest, hierarchicalChance, precisionOf } from './hierarchical.js';
import { hubness, hubnessSchema, NEIGHBOURS } from './hubness.js';
import { permutedRanks } from './permuted-ranks.js';
import { chanceRanks, RANK_KEYS } from './scores.js';
import { rankInVocabulary, vocabularyOf } from './vocabulary.js';

/** Ranks over all held-out classes with their values without transfer. */
const rankSummarySchema = z.object({
  /** NaN if no held-out word has a direction. */
  value: wordRanksSchema,
  chance: recordOf(RANK_KEYS, z.number()),
  /** Null with names permuted among each fold's held-out classes; null if every fold holds out one class. */
  permutationNull: recordOf(RANK_KEYS, nullIntervalSchema).nullable(),
});
export type RankSummary = DeepReadonly<z.infer<typeof rankSummarySchema>>;

/** One way to score all labels: by cosine, or by CSLS with the outputs of certain images as neighbours. */
const scoringSummarySchema = rankSummarySchema.extend({
  score: z.enum(['cosine', 'csls']),
  /**
   * The images whose outputs are the neighbours, for CSLS only. `held-out` uses all images to be classified
   * at once.
   */
  references: z.enum(['held-out', 'seen']).nullable(),
  /** Over all labels and the held-out classes' images of all folds; hubs are given by name. */
  hubness: hubnessSchema.extend({
    hubs: z.array(z.object({ label: z.string(), count: z.number(), expected: z.number() })),
  }),
});
export type ScoringSummary = DeepReadonly<z.infer<typeof scoringSummarySchema>>;

const zeroShotClassSchema = z.object({
  fold: z.string(),
  class: count,
  label: z.string(),
  /** hp@1, 2, 5 and 10; null without superclasses or for a word without a direction. */
  hierarchical: z.array(z.number()).nullable(),
  /** Ranks among all labels by CSLS, with the held-out or the seen classes' images as neighbours. */
  cslsHeldOut: wordRanksSchema.nullable(),
  cslsSeen: wordRanksSchema.nullable(),
  /** Ranks among the labels and the whole vocabulary. */
  vocabulary: wordRanksSchema.extend({ nearest: z.array(z.string()) }).nullable(),
});
export type ZeroShotClass = DeepReadonly<z.infer<typeof zeroShotClassSchema>>;

export const zeroShotSchema = z.object({
  /** Number of labels with a direction: the candidates of all numbers except `vocabulary`. */
  labels: count,
  /** The cosine first, then the variants of CSLS. */
  scorings: z.array(scoringSummarySchema),
  /** null if no vocabulary was given. */
  vocabulary: rankSummarySchema.extend({ source: z.string(), words: count, candidates: count }).nullable(),
  /** null if the outputs of the seen classes' images were not kept individually. */
  generalised: generalisedSummarySchema.nullable(),
  /** null if the data set has no superclasses. */
  hierarchical: z
    .array(
      z.object({
        k: count,
        value: z.number(),
        chance: z.number(),
        /** The largest possible value: below 1 if a superclass has fewer than k labels. */
        best: z.number(),
      }),
    )
    .nullable(),
  classes: z.array(zeroShotClassSchema),
});
export type ZeroShot = DeepReadonly<z.infer<typeof zeroShotSchema>>;

export interface ZeroShotOptions {
  readonly permutations?: number;
  /** Words in addition to the labels, from the space that the run was trained in. */
  readonly vocabulary?: WordVectors;
}

/**
 * Computes all figures from the measured folds; a vocabulary also needs their outputs.
 * @param routed images of seen and unseen classes, from {@link measureRun}
 * @param area chance and null of AUSUC, as in the headline
 * @throws UsageError for a vocabulary of another space; LexelError for a vocabulary if a fold's outputs do
 * not exist
 */
export function zeroShotSummary(
  data: RunData,
  routed: readonly (Routed | null)[],
  area: { readonly chance: number | null; readonly permutationNull: NullInterval | null },
  options: ZeroShotOptions = {},
): ZeroShot {
  const { run, targets } = data.run;
  const { classes: names, superclassOf } = run.dataset;
  const permutations = options.permutations ?? DEFAULT_PERMUTATIONS;
  const vocabulary = options.vocabulary && vocabularyOf(options.vocabulary, run.words.labels, targets);
  const zero = new Set(zeroRows(targets, run.words.dimension));
  const labels = names.length - zero.size;
  const scorings = new Scorings(names.length, labels);
  const found: ZeroShotClass[] = [];
  const inVocabulary: WordRanks[][][] = [];
  for (const fold of data.folds) {
    const measures = measureFold(fold);
    scorings.add('all', fold, measures);
    const heldOut = scorings.add('cslsHeldOut', fold, measures);
    const bySeen = scorings.add('cslsSeen', fold, measures);
    const placed = vocabulary && answersOf(fold).open().place(fold.space.transform(vocabulary.vectors));
    const words =
      vocabulary && placed ? rankInVocabulary(zeroShotFold(fold), names, vocabulary, placed) : null;
    if (words) inVocabulary.push(words.map(({ ranks }) => [...ranks]));
    for (const [c, { index, images }] of fold.heldOut.entries()) {
      found.push({
        fold: fold.record.id,
        class: index,
        label: names[index],
        hierarchical:
          superclassOf.length > 0 && !zero.has(index)
            ? precisionOf(rowOf(columnOf(measures, 'hierarchical'), c), images)
            : null,
        cslsHeldOut: heldOut?.[c][c] ?? null,
        cslsSeen: bySeen?.[c][c] ?? null,
        vocabulary: words ? { ...words[c].ranks[c], nearest: words[c].nearest } : null,
      });
    }
  }
  return {
    labels,
    scorings: scorings.summary(names, run.seed, permutations),
    vocabulary: vocabulary
      ? {
          ...rankSummary(inVocabulary, labels + vocabulary.words.length, run.seed, permutations),
          source: vocabulary.source,
          words: vocabulary.words.length,
          candidates: labels + vocabulary.words.length,
        }
      : null,
    generalised: generalisedSummary(data, routed, area, permutations),
    hierarchical: hierarchicalSummary(found, superclassOf, zero),
    classes: found,
  };
}

function hierarchicalSummary(
  classes: readonly ZeroShotClass[],
  superclassOf: readonly number[],
  zero: ReadonlySet<number>,
): ZeroShot['hierarchical'] {
  const own = classes.flatMap(({ hierarchical }) => (hierarchical ? [hierarchical] : []));
  if (own.length === 0) return null;
  const directed = [...superclassOf.keys()].filter((c) => !zero.has(c));
  const sizes = classes
    .filter((c) => c.hierarchical)
    .map((c) => directed.filter((other) => superclassOf[other] === superclassOf[c.class]).length);
  const chance = sizes.map((size) => hierarchicalChance(size, directed.length));
  const best = sizes.map((size) => hierarchicalBest(size));
  return HIERARCHICAL_AT.map((k, q) => ({
    k,
    value: mean(own.map((values) => values[q])),
    chance: mean(chance.map((values) => values[q])),
    best: mean(best.map((values) => values[q])),
  }));
}

/** tables[f][c][v]: how the images of class c of fold f rank its held-out word v. */
function rankSummary(
  tables: readonly (readonly (readonly WordRanks[])[])[],
  candidates: number,
  seed: number,
  permutations: number,
): RankSummary {
  const own = tables.flatMap((table) => table.map((row, c) => row[c]));
  const value = Object.fromEntries(
    RANK_KEYS.map((key) => [key, meanOfNumbers(own.map((ranks) => ranks[key]))]),
  );
  return {
    value: value as unknown as WordRanks,
    chance: chanceRanks(candidates),
    permutationNull: permutedRanks(tables, seed, permutations),
  };
}

const rowOf = (column: Float64Array, c: number) =>
  column.subarray(c * HIERARCHICAL_AT.length, (c + 1) * HIERARCHICAL_AT.length);

const SCORINGS = {
  all: { score: 'cosine', references: null },
  cslsHeldOut: { score: 'csls', references: 'held-out' },
  cslsSeen: { score: 'csls', references: 'seen' },
} as const satisfies Record<Scoring, Pick<ScoringSummary, 'score' | 'references'>>;

/** Collects ranks and k-occurrences over the folds, one entry per way of scoring. */
class Scorings {
  private readonly ways = new Map<
    Scoring,
    { tables: WordRanks[][][]; counts: Float64Array; queries: number }
  >();

  /**
   * @param labels number of score columns
   * @param directed number of labels with a direction: the candidates
   */
  constructor(
    private readonly labels: number,
    private readonly directed: number,
  ) {}

  /**
   * [c][v]: how class c of the fold ranks its held-out word v by this scoring; null if the fold does not have
   * it.
   */
  add(scoring: Scoring, fold: FoldData, measures: FoldMeasures): WordRanks[][] | null {
    const { heldOut, space } = fold;
    const occurrences = measures.columns[`${scoring}.occurrences`];
    if (!occurrences) return null;
    const way = this.ways.get(scoring) ?? {
      ...{ tables: [], queries: 0 },
      counts: new Float64Array(this.labels),
    };
    this.ways.set(scoring, way);
    const ranks = heldOut.map((_, c) => heldOut.map((_, v) => wordRanksOf(fold, measures, scoring, c, v)!));
    way.tables.push(ranks);
    for (const [c, count] of occurrences.entries())
      way.counts[c] += space.directionless.has(c) ? Number.NaN : count;
    way.queries += heldOut.reduce((sum, { images }) => sum + images, 0);
    return ranks;
  }

  summary(names: readonly string[], seed: number, permutations: number): ScoringSummary[] {
    return [...this.ways].map(([scoring, { tables, counts, queries }]) => {
      const found = hubness(counts, queries);
      const expected = (queries * Math.min(NEIGHBOURS, this.directed)) / this.directed;
      return {
        ...SCORINGS[scoring],
        ...rankSummary(tables, this.directed, seed, permutations),
        hubness: {
          ...found,
          hubs: found.hubs.map(({ candidate, count }) => ({ label: names[candidate], count, expected })),
        },
      };
    });
  }
}
