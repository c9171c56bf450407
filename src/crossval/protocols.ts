/**
 * Protocols determine which classes are held out together. A fold's id names its held-out group, so the same
 * group uses the same random numbers in every subset or shard.
 */

import type { Fold } from '../train/options.js';
import { UsageError } from '../util/errors.js';
import { deriveKey, Random } from '../util/random.js';

/** The classes of a data set, as far as protocols use them. */
export interface ClassTable {
  readonly classes: readonly string[];
  readonly superclasses: readonly string[];
  readonly superclassOf: readonly number[];
}

/** The name of each class's superclass, in class order; empty if there are no superclasses. */
export function superclassNames({
  superclasses,
  superclassOf,
}: Pick<ClassTable, 'superclasses' | 'superclassOf'>): string[] {
  return superclassOf.map((s) => superclasses[s]);
}

/**
 * The folds of a protocol, in order:
 * - `loo`: every class by itself;
 * - `one-per-superclass`: rotation r holds out the r-th class, in label order, of every superclass (Lazaridou
 *   et al. 2014); superclasses with fewer classes take no part in the later rotations;
 * - `holdout:m`: a partition into random groups of m classes, drawn with the seed; the last group may be
 *   smaller.
 * @throws UsageError for an unknown protocol, or one that does not apply to the data set
 */
export function protocolFolds(protocol: string, table: ClassTable, seed: number): Fold[] {
  if (protocol === 'loo') return looFolds(table.classes);
  if (protocol === 'one-per-superclass') return superclassFolds(table);
  const size = /^holdout:([1-9]\d*)$/.exec(protocol)?.[1];
  if (size) return holdoutFolds(table.classes.length, Number(size), seed);
  throw new UsageError(
    `unknown protocol "${protocol}"`,
    'known protocols: loo, one-per-superclass, and holdout:<classes> (such as holdout:20)',
  );
}

/**
 * The fold of `lexel train`, which holds out the given classes together; an empty list trains on all classes.
 * For a single class, it equals the fold of `loo`.
 */
export function singleFold(classes: readonly string[], heldOut: readonly number[]): Fold {
  const sorted = [...heldOut].sort((a, b) => a - b);
  if (sorted.length === 0) return { id: 'all', heldOut: [] };
  if (sorted.length === 1) return looFolds(classes)[sorted[0]];
  const name = sorted.map((c) => fileSafe(classes[c])).join('+');
  return { id: name.length <= 100 ? name : `${sorted.length}-classes`, heldOut: sorted };
}

function looFolds(classes: readonly string[]): Fold[] {
  const names = classes.map(fileSafe);
  // Compared in lower case, for case-insensitive file systems.
  const lower = names.map((name) => name.toLowerCase());
  const unique = new Set(lower).size === lower.length;
  return names.map((name, c) => ({ id: unique ? name : `${c}-${name}`, heldOut: [c] }));
}

function superclassFolds({ superclasses, superclassOf }: ClassTable): Fold[] {
  if (superclasses.length === 0) {
    throw new UsageError(
      'this data set has no superclasses, so one-per-superclass does not apply',
      'give its classes superclasses with --superclasses <file>, or use --protocol loo or holdout:<classes>',
    );
  }
  const members = superclasses.map((_, s) => superclassOf.flatMap((own, c) => (own === s ? [c] : [])));
  const rotations = Math.max(...members.map((list) => list.length));
  return Array.from({ length: rotations }, (_, r) => ({
    id: `rotation-${r}`,
    heldOut: members.flatMap((list) => (r < list.length ? [list[r]] : [])).sort((a, b) => a - b),
  }));
}

function holdoutFolds(count: number, size: number, seed: number): Fold[] {
  if (size >= count) {
    throw new UsageError(
      `holdout:${size} leaves nothing to train on: there are ${count} classes`,
      `use holdout:${Math.max(1, Math.floor(count / 5))} or so`,
    );
  }
  const order = Array.from({ length: count }, (_, c) => c);
  new Random(deriveKey(seed, 'holdout', size)).shuffle(order);
  return Array.from({ length: Math.ceil(count / size) }, (_, g) => ({
    id: `split-${g}`,
    heldOut: order.slice(g * size, (g + 1) * size).sort((a, b) => a - b),
  }));
}

/**
 * Makes a label a valid file name: characters other than letters, digits, dot, dash and underscore become
 * dashes.
 */
function fileSafe(label: string): string {
  const safe = label.replace(/[^\p{L}\p{N}._-]/gu, '-').replace(/^\.+/, '-');
  return safe === '' ? '-' : safe;
}
