/**
 * Matches held-out classes between runs. Classes are matched before they are measured, and each run is
 * measured only on the folds that match. Otherwise a run's other folds would affect its AUSUC, because one
 * curve of seen accuracy serves the whole run.
 */

import type { Measures } from '../class-measures.js';
import type { RunData } from '../load.js';
import { measureRun } from '../measure-run.js';

export interface HeldOutLabel {
  readonly fold: string;
  readonly label: string;
}

export interface MatchedRun {
  /** The run, restricted to the folds that match. */
  readonly data: RunData;
  /** In the same order for all runs. */
  readonly classes: readonly (HeldOutLabel & { readonly entry: Measures })[];
}

/** The key by which classes of different runs are matched, from a label and the labels of its fold. */
export type KeyOf = (label: string, group: readonly string[]) => string;

/**
 * Matches a class with its whole held-out group: ranks among held-out labels are comparable only within equal
 * groups.
 */
export const byGroup: KeyOf = (label, group) => JSON.stringify([label, ...[...group].sort()]);
/** Matches a class whatever was held out with it. */
export const byLabel: KeyOf = (label) => label;

/**
 * The classes that all runs have held out, measured, in the order of the first run.
 * @param folds restricts the first run to these folds
 */
export function matchClasses(
  runs: readonly RunData[],
  keyOf: KeyOf,
  folds: ReadonlySet<string> | null = null,
): MatchedRun[] {
  const lists = runs.map((run, r) =>
    heldOutLabels(run, keyOf).filter(({ fold }) => r > 0 || !folds || folds.has(fold)),
  );
  const maps = lists.map((list) => new Map(list.map((item) => [item.key, item])));
  const keys = lists[0].map(({ key }) => key).filter((key) => maps.every((map) => map.has(key)));
  return runs.map((run, r) => {
    const items = keys.map((key) => maps[r].get(key)!);
    const wanted = new Set(items.map(({ fold }) => fold));
    const kept = run.folds.filter(({ record }) => wanted.has(record.id));
    // Reuses the same object if no fold is dropped, because it may have been measured already.
    const data = kept.length === run.folds.length ? run : { ...run, folds: kept };
    const { tables } = keys.length > 0 ? measureRun(data) : { tables: [] };
    const places = new Map(kept.map(({ record }, f) => [record.id, f]));
    return {
      data,
      classes: items.map(({ fold, label, at }) => ({
        fold,
        label,
        entry: tables[places.get(fold)!].own[at],
      })),
    };
  });
}

/** All held-out classes of the finished folds, in order; `at` is the index in the fold. */
function heldOutLabels(
  { run, folds }: RunData,
  keyOf: KeyOf,
): (HeldOutLabel & { key: string; at: number })[] {
  const { classes } = run.run.dataset;
  return folds.flatMap(({ record, heldOut }) => {
    const group = heldOut.map(({ index }) => classes[index]);
    return group.map((label, at) => ({ fold: record.id, label, at, key: keyOf(label, group) }));
  });
}
