/**
 * Runs compared on the same folds, paired by class: what every run's mean is, and how each differs from the first.
 * Only measures that compare across recipes: ranks, hits and centred cosine, each in its own run's space.
 */

import { mean } from 'simple-statistics';
import { z } from 'zod';
import { checkNoFolderOfRuns } from '../../crossval/runs.js';
import { FORMAT_VERSION } from '../../train/index.js';
import { LexelError, UsageError } from '../../util/errors.js';
import { numbersOf, parseRange } from '../../util/ranges.js';
import type { DeepReadonly } from '../../util/read-only.js';
import { count } from '../../util/schema-parts.js';
import { loadRun, type RunData } from '../load.js';
import { measureOf } from '../measures.js';
import type { Measures } from '../pair-table.js';
import { RESAMPLES } from './bootstrap.js';
import { comparedRowSchema, comparedRows, corrected } from './compared-rows.js';
import { commonClasses, measuredClasses } from './measured.js';
import { checkComparable, controlOf, runName, seedDirectories } from './runs.js';
import { resamplingUnits, unitsSchema } from './units.js';

/** What `lexel compare --json` writes. */
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
    }),
  ),
  folds: z.array(z.string()),
  labels: z.array(z.string()),
  /** What intervals draw and tests flip. */
  units: unitsSchema,
  resamples: count,
  rows: z.array(comparedRowSchema),
});
export type Comparison = DeepReadonly<z.infer<typeof comparisonSchema>>;

interface Run {
  readonly dir: string;
  readonly seeds: readonly RunData[];
}

/**
 * Compares runs, or directories of seeds (a class's measures are then means over seeds).
 * @param dirs two or more; the first is what the others are compared with.
 * @param options.folds fold ids, or numbers: 0 is rotation-0, split-0, or the first class.
 * @throws UsageError for one run only or an unknown fold; LexelError when nothing is in common; and as `loadRun`
 */
export function compareRuns(
  dirs: readonly string[],
  options: { folds?: readonly string[]; resamples?: number } = {},
): Comparison {
  for (const dir of dirs) {
    const use = dirs.length === 1 ? 'compare' : 'analyse';
    if (!seedDirectories(dir)) checkNoFolderOfRuns(dir, use, { besides: dirs });
  }
  if (dirs.length < 2) throw new UsageError('one run alone cannot be compared', 'name two or more runs');
  const runs = dirs.map((dir): Run => ({ dir, seeds: (seedDirectories(dir) ?? [dir]).map(loadRun) }));
  const first = runs[0].seeds[0].run;
  for (const { seeds } of runs) for (const { run } of seeds) checkComparable(first, run);
  const wanted = options.folds ? foldIds(runs[0].seeds[0], options.folds) : null;
  const lists = runs.map(({ seeds }, r) => {
    const measured = commonClasses(seeds.map(measuredClasses));
    return measured[0].flatMap(({ key, fold, label }, i) =>
      r === 0 && wanted && !wanted.has(fold)
        ? []
        : [{ key, fold, label, entries: measured.map((list) => list[i].entry) }],
    );
  });
  const common = commonClasses(lists);
  const list = common[0];
  if (list.length === 0) {
    throw new LexelError(
      `no class was held out, in the same group, by all of ${dirs.join(', ')}`,
      'compare runs of the same --protocol and --folds',
    );
  }
  const classNames = [...new Set(list.map(({ label }) => label))];
  const placeOf = list.map(({ label }) => classNames.indexOf(label));
  const targets = classNames.map((label) => ({ target: first.run.dataset.classes.indexOf(label) }));
  const units = resamplingUnits(targets, first.run.dataset.superclassOf);
  const resamples = options.resamples ?? RESAMPLES;
  const rows = comparedRows(
    common.map((run) => (measure) => byClass(run, placeOf, measureOf(measure).of)),
    units,
    { seed: first.run.seed, resamples },
  );
  return {
    format: 'lexel-comparison',
    version: FORMAT_VERSION,
    runs: runs.map(({ dir, seeds }) => ({
      dir,
      name: runName(dir, seeds[0].run.run),
      recipe: seeds[0].run.run.recipe,
      control: controlOf(seeds[0].run.run),
      seeds: seeds.map(({ run }) => run.run.seed),
      epochs: seeds[0].run.run.config.epochs,
    })),
    folds: [...new Set(list.map(({ fold }) => fold))],
    labels: classNames,
    units: { by: units.by, count: units.count },
    resamples,
    rows: corrected(rows),
  };
}

/** Each class's value: mean over its folds and seeds; null where some class has none. */
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
        `--folds: ${dir} has no fold "${text}"`,
        `it has ${ids.slice(0, 10).join(', ')}${ids.length > 10 ? ', …' : ''}`,
      );
    }
    return found;
  };
  return new Set(
    wanted.flatMap((item) => {
      if (!/^\d+-\d+$/.test(item) || ids.includes(item)) return [idOf(item)];
      const range = parseRange(item);
      if (!range || range[1] - range[0] > 9999) {
        throw new UsageError(`--folds: "${item}" is not a range`, 'write 0-3');
      }
      return numbersOf(range).map((n) => idOf(String(n)));
    }),
  );
}
