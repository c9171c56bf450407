/** Which superclasses the images of held-out classes are taken for, among the words that their fold holds out. */

import { superclassNames } from '../crossval/protocols.js';
import type { FoldData, RunData } from './load.js';
import { measureFold } from './measure-fold.js';

export interface SuperclassConfusion {
  /** The superclasses of the rows and columns: those with a held-out word, in the order of the data set. */
  readonly superclasses: readonly string[];
  /** [true superclass][superclass of the nearest held-out word]: share of the images; rows sum to 1. */
  readonly shares: readonly (readonly number[])[];
  /** The same if every image's answer were drawn from the held-out words of its fold. */
  readonly chance: readonly (readonly number[])[];
  /** Share of images whose answer is of the true superclass, over classes; and by guessing. */
  readonly right: number;
  readonly rightByChance: number;
  /** Number of held-out classes that are counted. */
  readonly classes: number;
}

/** Why a run has no such table: a message without a full stop. */
export interface NoConfusion {
  readonly reason: string;
}

/**
 * Averages are taken over the images of a class, then over classes. The answers are those of the run's reading. From
 * records the numbers are the same as from outputs.
 */
export function superclassConfusion(data: RunData): SuperclassConfusion | NoConfusion {
  const names = superclassNames(data.run.run.dataset);
  if (names.length === 0) return { reason: 'the data set has no superclasses (--superclasses gives them)' };
  const measured = data.folds.flatMap((fold) => classesOf(fold, names));
  if (measured.length === 0)
    return {
      reason: 'no fold holds out words of several superclasses, so an image has nothing to be taken for',
    };
  const present = new Set(measured.flatMap(({ candidates }) => [...candidates.keys()]));
  const superclasses = [...new Set(names)].filter((name) => present.has(name));
  const table = (of: (one: MeasuredClass) => ReadonlyMap<string, number>, among: readonly MeasuredClass[]) =>
    superclasses.map((name) => mean(among.map((one) => of(one).get(name) ?? 0)));
  const rows = superclasses.map((name) => measured.filter((one) => one.superclass === name));
  const answers = ({ answered }: MeasuredClass) => answered;
  const guesses = ({ candidates }: MeasuredClass) => candidates;
  const right = (of: (one: MeasuredClass) => ReadonlyMap<string, number>) =>
    mean(measured.map((one) => of(one).get(one.superclass) ?? 0));
  return {
    superclasses,
    shares: rows.map((row) => table(answers, row)),
    chance: rows.map((row) => table(guesses, row)),
    right: right(answers),
    rightByChance: right(guesses),
    classes: measured.length,
  };
}

interface MeasuredClass {
  readonly superclass: string;
  /** Superclass of the nearest held-out word: share of the class's images. */
  readonly answered: ReadonlyMap<string, number>;
  /** Superclass of a held-out word of the fold: share of these words. */
  readonly candidates: ReadonlyMap<string, number>;
}

/** Empty if the held-out words with a direction are all of one superclass, or their answers were not recorded. */
function classesOf(fold: FoldData, names: readonly string[]): MeasuredClass[] {
  const { columns } = measureFold(fold);
  const best = columns['image.best'];
  const directed = fold.heldOut.filter(({ index }) => !fold.space.directionless.has(index));
  const candidates = shares(directed.map(({ index }) => names[index]));
  if (!best || candidates.size < 2) return [];
  let start = 0;
  return directed.map(({ index, images }) => {
    // `image.best` is an index into the fold's whole group.
    const answers = Array.from(best.subarray(start, start + images), (c) => names[fold.heldOut[c].index]);
    start += images;
    return { superclass: names[index], answered: shares(answers), candidates };
  });
}

function shares(items: readonly string[]): Map<string, number> {
  const found = new Map<string, number>();
  for (const item of items) found.set(item, (found.get(item) ?? 0) + 1 / items.length);
  return found;
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
