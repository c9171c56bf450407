/**
 * The units that a bootstrap resamples and a sign-flip test flips together. Classes of one superclass are
 * tested on networks that share their relatives, so they are not independent. If there are enough
 * superclasses, whole superclasses are resampled.
 */

import type { DeepReadonly } from '../../util/read-only.js';
import { count } from '../../util/schema-parts.js';
import * as z from '../../util/zod.js';

/**
 * With fewer superclasses, a sign-flip test could never reach 5 %; with six, its smallest p is 2 / 2⁶ =
 * 0.031.
 */
export const MINIMUM_SUPERCLASSES = 6;

/** The kind of the units and their number. */
export const unitsSchema = z.object({ by: z.enum(['superclass', 'class']), count });
export type Units = DeepReadonly<z.infer<typeof unitsSchema>>;

export interface ResamplingUnits extends Units {
  /** The unit of each entry, from 0 to count − 1. */
  readonly of: readonly number[];
}

/**
 * Entries of the same class always belong to the same unit, because a class that was held out in two folds is
 * still one class.
 * @param superclassOf superclass by class; empty if the data set has none
 */
export function resamplingUnits(
  entries: readonly { readonly target: number }[],
  superclassOf: readonly number[],
): ResamplingUnits {
  const targets = entries.map(({ target }) => target);
  const superclasses = new Set(targets.map((target) => superclassOf[target]));
  return superclassOf.length > 0 && superclasses.size >= MINIMUM_SUPERCLASSES
    ? { by: 'superclass', ...numbered(targets.map((target) => superclassOf[target])) }
    : { by: 'class', ...numbered(targets) };
}

function numbered(names: readonly number[]): Omit<ResamplingUnits, 'by'> {
  const places = new Map<number, number>();
  const of = names.map((name) => {
    const place = places.get(name) ?? places.size;
    places.set(name, place);
    return place;
  });
  return { count: places.size, of };
}

/** "20 superclasses", "1 class". */
export function unitsText({ by, count }: Units): string {
  if (by === 'class') return `${count} ${count === 1 ? 'class' : 'classes'}`;
  return `${count} ${count === 1 ? 'superclass' : 'superclasses'}`;
}
