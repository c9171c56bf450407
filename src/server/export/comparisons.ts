/** Comparisons of two runs, computed when an export is written. */

import type { ExportedComparisons } from '../messages/compare.js';
import type { RunListing } from '../messages/runs.js';
import { PATHS } from '../paths.js';
import { type AppFiles, bytesOf, type ExportedFile } from './app-files.js';
import { type Budget, MOST_PAIRS } from './extras.js';

/** Two runs, the second compared with the first and the other way round. */
type Pair = readonly [RunListing, RunListing];

export interface Comparable {
  /** All runs that have finished folds. */
  readonly runs: readonly RunListing[];
  /** Those that an export compares. */
  readonly pairs: readonly Pair[];
  /** Pairs beyond the limit. */
  readonly further: number;
}

/** The pairs of runs that may have folds in common. */
export function comparable(listed: readonly RunListing[]): Comparable {
  const runs = listed.filter(({ settings, folds }) => settings && folds.finished > 0);
  const pairs = runs.flatMap((first, i) =>
    runs.slice(i + 1).flatMap((second): Pair[] => (alike(first, second) ? [[first, second]] : [])),
  );
  return { runs, pairs: pairs.slice(0, MOST_PAIRS), further: Math.max(0, pairs.length - MOST_PAIRS) };
}

/** Each pair in both orders, then the list of all pairs. @param onPair called before a pair is compared */
export async function* exportedComparisons(
  app: AppFiles,
  { runs, pairs: wanted, further }: Comparable,
  budget: Budget,
  onPair: (pair: Pair) => void,
): AsyncGenerator<ExportedFile> {
  const pairs: [string, string][] = [];
  let notExported = further;
  for (const pair of wanted) {
    onPair(pair);
    const [first, second] = pair.map(({ id }) => id);
    const files: ExportedFile[] = [];
    for (const path of [PATHS.compare([first, second]), PATHS.compare([second, first])]) {
      const content = await app.find(path);
      if (content instanceof Uint8Array) files.push({ path, content });
    }
    if (files.length < 2) continue; // they have no class in common
    if (budget.takes(files)) {
      pairs.push([first, second]);
      yield* files;
    } else notExported++;
  }
  const list: ExportedComparisons = {
    runs: runs.map(({ id, path }) => ({ id, path })),
    pairs,
    notExported,
  };
  yield { path: PATHS.comparisons, content: bytesOf(list) };
}

/** Whether two runs may have folds in common. */
const alike = ({ settings: a }: RunListing, { settings: b }: RunListing): boolean =>
  a !== null && b !== null && a.data === b.data && a.protocol === b.protocol && a.classes === b.classes;
