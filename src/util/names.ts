/** Names of labels and words as people type them: "maple_tree", "maple tree" and "Maple-Tree" are the same name. */

import { nearestSpellings } from './spelling.js';

/** The common form of a name: lower case, with single spaces between its words. */
export function nameKey(name: string): string {
  return name
    .trim()
    .toLowerCase()
    .replaceAll(/[\s_-]+/g, ' ');
}

/** Whether two names differ only in case and in what joins their words. */
export function sameName(a: string, b: string): boolean {
  return a === b || nameKey(a) === nameKey(b);
}

/**
 * The index of a name in a list: of the exact name, or else of the only name that is the same up to case and what joins
 * its words; −1 if there is none, or several.
 */
export function indexOfName(name: string, names: readonly string[]): number {
  const exact = names.indexOf(name);
  if (exact >= 0) return exact;
  const key = nameKey(name);
  const found = [...names.keys()].filter((i) => nameKey(names[i]) === key);
  return found.length === 1 ? found[0] : -1;
}

/** A hint for an unknown name: the names that are spelt alike, and all of them. */
export function knownNames(name: string, names: readonly string[], what: string): string {
  const near = nearestSpellings(name, names, 1);
  return `${near.length > 0 ? `did you mean ${near[0]}? ` : ''}known ${what}: ${names.join(', ')}`;
}

/** A hint for an unknown label or word: up to three that are spelt alike, or else `otherwise`. */
export function didYouMean(name: string, names: readonly string[], otherwise: string): string {
  const near = nearestSpellings(name, names, 3);
  return near.length > 0 ? `did you mean ${near.join(', ')}?` : otherwise;
}
