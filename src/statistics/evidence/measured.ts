/** A run's held-out classes with their measures, under a key that finds the same class in another run. */
import type { RunData } from '../load.js';
import { measureRun } from '../measure-run.js';
import type { Measures } from '../pair-table.js';

export interface MeasuredClass {
  /** The class with its whole held-out group: ranks among the held-out compare only within equal groups. */
  readonly key: string;
  readonly fold: string;
  readonly label: string;
  readonly entry: Measures;
}

/** Every held-out class of the finished folds, in their order. */
export function measuredClasses(data: RunData): MeasuredClass[] {
  const { classes } = data.run.run.dataset;
  const { tables } = measureRun(data);
  return data.folds.flatMap((fold, f) => {
    const group = fold.heldOut.map(({ index }) => classes[index]).sort();
    return tables[f].map((row, i): MeasuredClass => {
      const label = classes[fold.heldOut[i].index];
      return { key: JSON.stringify([label, ...group]), fold: fold.record.id, label, entry: row[i] };
    });
  });
}

/** Of each list, the classes that all lists have, in the first one's order. */
export function commonClasses<T extends { readonly key: string }>(lists: readonly (readonly T[])[]): T[][] {
  const maps = lists.map((list) => new Map(list.map((item) => [item.key, item])));
  const keys = lists[0].map(({ key }) => key).filter((key) => maps.every((map) => map.has(key)));
  return maps.map((map) => keys.map((key) => map.get(key)!));
}
