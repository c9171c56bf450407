/**
 * Compares runs on the same folds, paired by class: the mean of every run, and the difference of each to the
 * first. Uses only measures that are comparable across recipes (measures.ts), each in its own run's space.
 */

import { mean } from 'simple-statistics';
import { superclassNames } from '../../crossval/protocols.js';
import type { RunFile } from '../../crossval/run-file.js';
import { checkNoFolderOfRuns } from '../../crossval/runs.js';
import { epochsText, FORMAT_VERSION } from '../../train/index.js';
import { LexelError, UsageError } from '../../util/errors.js';
import { pValue } from '../../util/format.js';
import { numbersOf, parseRange } from '../../util/ranges.js';
import type { DeepReadonly } from '../../util/read-only.js';
import { count } from '../../util/schema-parts.js';
import * as z from '../../util/zod.js';
import { chanceLevels } from '../aggregate.js';
import type { Measures } from '../class-measures.js';
import { labelFaults } from '../label-faults.js';
import type { RunData } from '../load.js';
import { measureOf } from '../measures.js';
import { hasOldAverages, OLD_AVERAGES } from '../notes.js';
import { RESAMPLES } from './bootstrap.js';
import { type ComparedRow, comparedRowSchema, comparedRows, corrected } from './compared-rows.js';
import { byGroup, matchClasses } from './measured.js';
import { leastP } from './paired-test.js';
import { checkComparable, controlOf, loadSeeds, runName, seedDirectories } from './runs.js';
import { resamplingUnits, unitsSchema } from './units.js';

/** Schema of the output of `lexel compare --json`. */
export const comparisonSchema = z.object({
  format: z.literal('lexel-comparison'),
  version: z.literal(FORMAT_VERSION),
  runs: z.array(
    z.object({
      dir: z.string(),
      name: z.string(),
      recipe: z.string(),
      control: z.string().nullable(),
      seeds: z.array(count),
      epochs: count,
      /**
       * The reading that ranks and cosines are measured by. Absent in comparisons of earlier versions, which
       * used the network's own.
       */
      reading: z.string().optional(),
    }),
  ),
  folds: z.array(z.string()),
  labels: z.array(z.string()),
  /** The units that intervals resample and tests flip. */
  units: unitsSchema,
  resamples: count,
  rows: z.array(comparedRowSchema),
  /** Cautions that readers should know. */
  notes: z.array(z.string()),
});
export type Comparison = DeepReadonly<z.infer<typeof comparisonSchema>>;

interface Run {
  readonly dir: string;
  readonly seeds: readonly RunData[];
}

/**
 * Compares runs, or directories of seeds (whose measures are averaged over seeds for each class).
 * @param dirs two or more; the others are compared with the first
 * @param options.readings the readings that ranks and cosines are measured by: one for all runs, or one for
 * each run. Several readings for a single run compare that run with itself. Default: each network's own.
 * @param options.folds fold ids, or numbers: 0 is rotation-0, split-0, or the first class
 * @throws UsageError for a single run or an unknown fold; LexelError if the runs have nothing in common; and
 * like `loadRun`
 */
export function compareRuns(
  dirs: readonly string[],
  options: { folds?: readonly string[]; readings?: readonly string[]; resamples?: number } = {},
): Comparison {
  const { readings = [] } = options;
  const named = dirs.length === 1 ? Math.max(1, readings.length) : dirs.length;
  if (readings.length > 1 && readings.length !== named) {
    throw new UsageError(
      `${readings.length} readings for ${dirs.length} runs`,
      'give one reading for all runs, or one for each',
    );
  }
  for (const dir of dirs) {
    const use = named === 1 ? 'compare' : 'analyse';
    if (!seedDirectories(dir)) checkNoFolderOfRuns(dir, use, { besides: dirs });
  }
  if (named < 2) {
    throw new UsageError(
      'a single run cannot be compared',
      'give two or more runs, or several readings of one run',
    );
  }
  const runs = Array.from({ length: named }, (_, r): Run => {
    const dir = dirs[dirs.length === 1 ? 0 : r];
    return { dir, seeds: loadSeeds(dir, readings[readings.length === 1 ? 0 : r]) };
  });
  const first = runs[0].seeds[0].run;
  for (const { seeds } of runs) for (const { run } of seeds) checkComparable(first, run);
  const common = matchSeeds(runs, options.folds ? foldIds(runs[0].seeds[0], options.folds) : null);
  const list = common[0];
  if (list.length === 0) {
    throw new LexelError(
      `no class was held out in the same group by all runs: ${dirs.join(', ')}`,
      'compare runs of the same --protocol and --folds; groups of holdout:<n> are drawn by the seed, so compare equal --seeds',
    );
  }
  const classNames = [...new Set(list.map(({ label }) => label))];
  const placeOf = list.map(({ label }) => classNames.indexOf(label));
  const { classes, superclassOf } = groupedRun(runs).dataset;
  const targets = classNames.map((label) => ({ target: classes.indexOf(label) }));
  const unitsOf = (keep: (place: number) => boolean) =>
    resamplingUnits(
      targets.filter((_, place) => keep(place)),
      superclassOf,
    );
  const units = unitsOf(() => true);
  const resamples = options.resamples ?? RESAMPLES;
  const { directed } = labelFaults(runs[0].seeds[0]);
  // The groups of a class are the same in all runs.
  const sizes = new Map(
    runs[0].seeds.flatMap(({ folds }) =>
      folds.map(({ record, heldOut }) => [record.id, directed(heldOut.map((h) => h.index))] as const),
    ),
  );
  const chances = chanceLevels(
    list.map(({ entries: [entry] }) => entry),
    directed(classes.keys()),
    list.map(({ fold }) => sizes.get(fold)!),
  );
  const rows = comparedRows(
    common.map((run) => (measure) => byClass(run, placeOf, measureOf(measure).of)),
    unitsOf,
    { seed: first.run.seed, resamples, chanceOf: (measure) => chances[measure] },
  );
  return {
    format: 'lexel-comparison',
    version: FORMAT_VERSION,
    runs: runs.map(({ dir, seeds }) => ({
      dir,
      name: runName(dir, seeds[0].run.run, seeds[0].reading),
      recipe: seeds[0].run.run.recipe,
      control: controlOf(seeds[0].run.run),
      seeds: seeds.map(({ run }) => run.run.seed),
      epochs: seeds[0].run.run.config.epochs,
      reading: seeds[0].reading.name,
    })),
    folds: [...new Set(list.map(({ fold }) => fold))],
    labels: classNames,
    units: { by: units.by, count: units.count },
    resamples,
    rows: corrected(rows),
    notes: notesOn(runs, rows),
  };
}

type Matched = readonly {
  readonly fold: string;
  readonly label: string;
  readonly entries: readonly Measures[];
}[];

/**
 * The classes that all runs have. If every seed holds out the same groups, all seeds of a run count for each
 * class. If the seed draws the groups, runs of equal seeds are matched one by one.
 */
function matchSeeds(runs: readonly Run[], folds: ReadonlySet<string> | null): Matched[] {
  const matched = matchClasses(
    runs.flatMap(({ seeds }) => seeds),
    byGroup,
    folds,
  );
  if (matched[0].classes.length > 0) {
    let at = 0;
    return runs.map(({ seeds }) => {
      const own = matched.slice(at, at + seeds.length);
      at += seeds.length;
      return own[0].classes.map(({ fold, label }, i) => ({
        fold,
        label,
        entries: own.map(({ classes }) => classes[i].entry),
      }));
    });
  }
  const bySeed = runs[0].seeds.flatMap((own) => {
    const same = runs.map(({ seeds }) => seeds.find(({ run }) => run.run.seed === own.run.run.seed));
    return same.every((data) => data !== undefined) ? [matchClasses(same, byGroup, folds)] : [];
  });
  return runs.map((_, r) =>
    bySeed.flatMap((pair) =>
      pair[r].classes.map(({ fold, label, entry }) => ({ fold, label, entries: [entry] })),
    ),
  );
}

/** The first run that has superclasses; they define the resampling units, whatever the order of the runs. */
function groupedRun(runs: readonly Run[]): RunFile {
  const all = runs.flatMap(({ seeds }) => seeds.map(({ run }) => run.run));
  return all.find(({ dataset }) => dataset.superclassOf.length > 0) ?? all[0];
}

function notesOn(runs: readonly Run[], rows: readonly ComparedRow[]): string[] {
  const notes: string[] = [];
  const grouped = groupedRun(runs);
  const names = JSON.stringify(superclassNames(grouped.dataset));
  const others = runs.filter(({ seeds }) =>
    seeds.some(({ run }) => JSON.stringify(superclassNames(run.run.dataset)) !== names),
  );
  if (others.length > 0) {
    const dirs = others.map(({ dir }) => dir).join(', ');
    notes.push(
      `${dirs} has other superclasses, or none: those of the first run that has some are resampled.`,
    );
  }
  if (new Set(runs.map(({ seeds }) => epochsText(seeds[0].run.run.config))).size > 1)
    notes.push('The runs were not trained for the same number of epochs.');
  for (const { dir, seeds } of runs) {
    if (seeds.some(({ run }) => hasOldAverages(run.run))) notes.push(`${dir}: ${OLD_AVERAGES}`);
  }
  const tests = rows.flatMap(({ differences, units }) =>
    differences.flatMap((d) => (d?.p == null ? [] : [units.count])),
  );
  const least = Math.max(0, ...tests.map(leastP));
  if (least * tests.length > 0.05) {
    notes.push(
      `With so few units no p can be below ${pValue(least)}, and corrected over ${tests.length} tests none below ` +
        `${pValue(Math.min(1, least * tests.length))}: this comparison can show differences, not prove them.`,
    );
  }
  return notes;
}

/** Each class's value: the mean over its folds and seeds; null if a class has no value. */
function byClass(
  run: readonly { readonly entries: readonly Measures[] }[],
  placeOf: readonly number[],
  of: (entry: Measures) => number | null,
): number[] | null {
  const lists: number[][] = [];
  for (const [i, { entries }] of run.entries()) {
    lists[placeOf[i]] ??= [];
    for (const entry of entries) {
      const value = of(entry);
      if (value === null) return null;
      lists[placeOf[i]].push(value);
    }
  }
  return lists.map((list) => mean(list));
}

function foldIds({ run: { dir, run, folds } }: RunData, wanted: readonly string[]): Set<string> {
  const ids = folds.map(({ id }) => id);
  const idOf = (text: string) => {
    if (ids.includes(text)) return text;
    const number = /^\d+$/.test(text) ? Number(text) : null;
    const found =
      number === null
        ? undefined
        : ids.find((id) =>
            run.protocol === 'loo' ? run.dataset.classes[number] === id : id.endsWith(`-${number}`),
          );
    if (found === undefined) {
      throw new UsageError(
        `--folds: ${dir} does not have a fold "${text}"`,
        `its folds are ${ids.slice(0, 10).join(', ')}${ids.length > 10 ? ', …' : ''}`,
      );
    }
    return found;
  };
  return new Set(
    wanted.flatMap((item) => {
      if (!/^\d+-\d+$/.test(item) || ids.includes(item)) return [idOf(item)];
      const range = parseRange(item);
      if (!range || range[1] - range[0] > 9999) {
        throw new UsageError(`--folds: "${item}" is not a range`, 'write a range as 0-3');
      }
      return numbersOf(range).map((n) => idOf(String(n)));
    }),
  );
}
