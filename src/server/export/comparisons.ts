/** Comparisons of two runs, computed when an export is written. */

import type { ExportedComparisons } from '../messages/compare.js';
import type { RunListing } from '../messages/runs.js';
import { PATHS } from '../paths.js';
import { type AppFiles, bytesOf, type ExportedFile } from './app-files.js';
import { type Budget, MOST_PAIRS } from './extras.js';

/** Each pair in both orders, because the second is compared with the first; then the list of all pairs. */
export async function* exportedComparisons(
  app: AppFiles,
  listed: readonly RunListing[],
  budget: Budget,
): AsyncGenerator<ExportedFile> {
  const runs = listed.filter(({ settings, folds }) => settings && folds.finished > 0);
  const wanted = runs.flatMap((first, i) =>
    runs.slice(i + 1).flatMap((second) => (alike(first, second) ? [[first, second] as const] : [])),
  );
  const pairs: [string, string][] = [];
  let notExported = Math.max(0, wanted.length - MOST_PAIRS);
  for (const [{ id: first }, { id: second }] of wanted.slice(0, MOST_PAIRS)) {
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
