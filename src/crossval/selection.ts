/** Selection of a protocol's folds by class, by number or by shard. The criteria can be combined. */

import type { Fold } from '../train/options.js';
import { UsageError } from '../util/errors.js';
import { didYouMean, indexOfName } from '../util/names.js';
import { numbersOf, parseRange } from '../util/ranges.js';

export interface Selection {
  /** Labels; selects folds that hold out at least one of them. */
  readonly classes?: readonly string[];
  /** Fold numbers, such as "0-9,12". */
  readonly folds?: string;
  /** "i/n": every n-th of the remaining folds, starting with the i-th (1 to n). */
  readonly shard?: string;
}

/** Never returns an empty list. @throws UsageError for unknown classes or folds, or if no fold is left */
export function selectFolds(all: readonly Fold[], selection: Selection, classes: readonly string[]): Fold[] {
  let chosen = [...all];
  if (selection.classes) {
    const wanted = new Set(classIndices(selection.classes, classes));
    chosen = chosen.filter((fold) => fold.heldOut.some((c) => wanted.has(c)));
  }
  if (selection.folds !== undefined) {
    const wanted = new Set(parseRanges(selection.folds, all.length));
    chosen = chosen.filter((fold) => wanted.has(all.indexOf(fold)));
  }
  if (selection.shard !== undefined) {
    const [index, count] = parseShard(selection.shard);
    chosen = chosen.filter((_, i) => i % count === index - 1);
  }
  if (chosen.length === 0) {
    throw new UsageError('no fold is left by --classes, --folds and --shard together');
  }
  return chosen;
}

/**
 * Indices of labels, also written with spaces or hyphens instead of underscores and in capitals.
 * @throws UsageError naming an unknown label and those with the most similar spelling
 */
export function classIndices(labels: readonly string[], classes: readonly string[]): number[] {
  const indices = labels.map((label) => {
    const index = indexOfName(label, classes);
    if (index >= 0) return index;
    throw new UsageError(
      `the data set has no class "${label}"`,
      didYouMean(label, classes, 'lexel data info lists the classes'),
    );
  });
  return [...new Set(indices)];
}

/**
 * Parses numbers and ranges such as "0-9,12".
 * @throws UsageError for other text, or a number that is not below `count`
 */
export function parseRanges(text: string, count: number): number[] {
  const numbers: number[] = [];
  for (const part of text.split(',')) {
    const range = parseRange(part);
    if (!range) {
      throw new UsageError(`--folds ${text}: "${part}" is not a number or a range`, 'write 0-9,12');
    }
    if (range[1] >= count) {
      throw new UsageError(`--folds ${text}: there are ${count} folds, numbered 0 to ${count - 1}`);
    }
    numbers.push(...numbersOf(range));
  }
  return numbers;
}

/** Parses "2/10" as [2, 10]. @throws UsageError for other text */
function parseShard(text: string): [number, number] {
  const match = /^(\d+)\/(\d+)$/.exec(text);
  const index = Number(match?.[1]);
  const count = Number(match?.[2]);
  if (!match || index < 1 || index > count) {
    throw new UsageError(`--shard ${text}: not a shard`, 'write i/n with i from 1 to n, such as 2/10');
  }
  return [index, count];
}
