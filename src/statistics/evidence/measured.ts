/**
 * Held-out classes of several runs, found again in each other. They are matched before they are measured, and each run is
 * measured on the folds that match alone: one curve of seen accuracy serves a whole run, so what else a run has would
 * otherwise decide its AUSUC.
 */

import type { Measures } from '../class-measures.js';
import type { RunData } from '../load.js';
import { measureRun } from '../measure-run.js';

export interface HeldOutLabel {
  readonly fold: string;
  readonly label: string;
}

export interface MatchedRun {
  /** The run on the folds that match. */
  readonly data: RunData;
  /** In the same order for all runs. */
  readonly classes: readonly (HeldOutLabel & { readonly entry: Measures })[];
}

/** What is the same class in another run, of a fold's labels and of one of them. */
export type KeyOf = (label: string, group: readonly string[]) => string;

/** The class with its whole held-out group: ranks among the held-out compare only within equal groups. */
export const byGroup: KeyOf = (label, group) => JSON.stringify([label, ...[...group].sort()]);
/** The class, whatever was held out with it. */
export const byLabel: KeyOf = (label) => label;

/**
 * The classes that all runs have held out, in the first one's order, measured.
 * @param folds of the first run, where not all of them count
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
    // The run itself where nothing goes, since it may have been measured before.
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

/** Every held-out class of the finished folds, in their order; `at`: its place in the fold. */
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
