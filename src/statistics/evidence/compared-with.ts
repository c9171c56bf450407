/**
 * Compares a run with others on the classes that all of them held out in the same groups. A directory of
 * seeds counts as one run, with mean and range; for the permuted control, each seed is another permutation.
 */
import { max, mean, min } from 'simple-statistics';
import { LexelError } from '../../util/errors.js';
import type { DeepReadonly } from '../../util/read-only.js';
import { count, recordOf } from '../../util/schema-parts.js';
import * as z from '../../util/zod.js';
import { aggregate } from '../aggregate.js';
import type { Measures } from '../class-measures.js';
import { chosenReading } from '../fold-reading.js';
import type { RunData } from '../load.js';
import { relativeChange, STATISTICS, type Statistic } from '../measures.js';
import { hasOldAverages, OLD_AVERAGES } from '../notes.js';
import { answerInputSchema } from './answer.js';
import { intervalSchema } from './bootstrap.js';
import { byGroup, matchClasses } from './measured.js';
import { checkComparable, controlOf, loadSeeds, runName } from './runs.js';

const comparedWithRunSchema = z.object({
  name: z.string(),
  control: z.string().nullable(),
  recipe: z.string(),
  epochs: count,
  /** A single seed, or those of a directory of seeds, whose means are the values. */
  seeds: z.array(count),
  values: recordOf(STATISTICS, z.number().nullable()),
  /** Minimum and maximum over the seeds; null for a single seed. */
  ranges: recordOf(STATISTICS, intervalSchema.nullable()).nullable(),
  answer: answerInputSchema,
});
export type ComparedWithRun = DeepReadonly<z.infer<typeof comparedWithRunSchema>>;

export const comparedWithSchema = z.object({
  /** Number of classes that all runs have. */
  classes: count,
  /** Whether the run itself has more classes; its numbers elsewhere are over all of them. */
  fewerThanOwn: z.boolean(),
  own: comparedWithRunSchema,
  runs: z.array(comparedWithRunSchema),
  /** Other differences than control and recipe, as text. */
  cautions: z.array(z.string()),
});
export type ComparedWith = DeepReadonly<z.infer<typeof comparedWithSchema>>;

/** @throws LexelError if a run has no class in common or other images; and like {@link loadSeeds} */
export function compareWith(own: RunData, dirs: readonly string[]): ComparedWith {
  const others = dirs.map((dir) => loadSeeds(dir, chosenReading(own.reading)));
  for (const { run } of others.flat()) checkComparable(own.run, run);
  // If the seed draws the groups, only runs of the same seed have held out the same groups.
  const sameSeed = others.map((runs) => runs.filter(({ run }) => run.run.seed === own.run.run.seed));
  const found = [others, sameSeed].map((lists) => ({
    lists,
    matched: matchClasses([own, ...lists.flat()], byGroup),
  }));
  const match = found.find(
    ({ lists, matched }) => lists.every((list) => list.length > 0) && matched[0].classes.length > 0,
  );
  if (!match) {
    throw new LexelError(
      `no class was held out in the same group by all runs: ${[own, ...others.flat()].map(({ run }) => run.dir).join(', ')}`,
      'train the controls with the same --protocol and --folds; for holdout:<n> also with the same --seed, which draws the groups',
    );
  }
  const { lists, matched } = match;
  const each = matched.map(({ data, classes }) =>
    comparedWithRun(
      data,
      classes.map(({ entry }) => entry),
    ),
  );
  const runs = lists.map((list, d) => {
    const first = 1 + lists.slice(0, d).flat().length;
    return overSeeds(dirs[d], list, each.slice(first, first + list.length));
  });
  const whole = own.folds.reduce((sum, { heldOut }) => sum + heldOut.length, 0);
  const classes = matched[0].classes.length;
  return {
    classes,
    fewerThanOwn: classes < whole,
    own: each[0],
    runs,
    cautions: runs.flatMap((run, d) => cautionsOn(own, lists[d][0], run)),
  };
}

/** One entry for all runs of a directory of seeds: means, and the range of each value. */
function overSeeds(dir: string, data: readonly RunData[], runs: readonly ComparedWithRun[]): ComparedWithRun {
  if (runs.length === 1) return runs[0];
  const of = (name: Statistic) => runs.flatMap(({ values }) => values[name] ?? []);
  const perStatistic = <T>(make: (values: number[]) => T) =>
    Object.fromEntries(
      STATISTICS.map((name) => [name, of(name).length === runs.length ? make(of(name)) : null]),
    ) as Record<Statistic, T | null>;
  const values = perStatistic((list) => mean(list));
  const label = runName(dir, data[0].run.run, data[0].reading);
  return {
    ...runs[0],
    name: label,
    seeds: runs.flatMap(({ seeds }) => seeds),
    values,
    ranges: perStatistic((list) => ({ low: min(list), high: max(list) })),
    answer: {
      label,
      runs: runs.length,
      meanChange: mean(runs.map(({ answer }) => answer.meanChange)),
      meanVectorMeanChange: mean(runs.map(({ answer }) => answer.meanVectorMeanChange)),
      calibratedSkill: values.calibratedSkill,
    },
  };
}

function comparedWithRun(
  { run: { dir, run }, reading }: RunData,
  entries: readonly Measures[],
): ComparedWithRun {
  const values = aggregate(entries);
  return {
    name: runName(dir, run, reading),
    control: controlOf(run),
    recipe: run.recipe,
    epochs: run.config.epochs,
    seeds: [run.seed],
    values,
    ranges: null,
    answer: {
      label: runName(dir, run, reading),
      runs: 1,
      meanChange: mean(entries.map((e) => relativeChange(e.finalLoss, e.initialLoss))),
      meanVectorMeanChange: mean(entries.map((e) => relativeChange(e.meanVectorLoss, e.initialLoss))),
      calibratedSkill: values.calibratedSkill,
    },
  };
}

/** The settings whose differences are named. */
const COMPARED = [
  ...(['net', 'epochs', 'limit', 'batch', 'learningRate', 'ema'] as const),
  ...(['validationShare', 'patience', 'keepBest'] as const),
] as const;

function cautionsOn(own: RunData, other: RunData, { name }: ComparedWithRun): string[] {
  const [a, b] = [own.run.run, other.run.run];
  const differences = COMPARED.flatMap((key) =>
    a.config[key] === b.config[key]
      ? []
      : [`${key} ${b.config[key] ?? 'none'}, not ${a.config[key] ?? 'none'}`],
  );
  const words = a.words.checksum === b.words.checksum ? [] : ['other word vectors'];
  const list = [...differences, ...words];
  const found = list.length > 0 ? [`${name} was trained otherwise too: ${list.join('; ')}.`] : [];
  if (a.recipe !== b.recipe)
    found.push(`${name} has a space of its own: its losses, skill and relative change do not compare.`);
  if (hasOldAverages(b)) found.push(`${name} was ${OLD_AVERAGES}`);
  return found;
}
