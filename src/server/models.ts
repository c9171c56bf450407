/** Files that the pages' own networks need: the kernels, word vectors and models. */

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { foldFiles } from '../crossval/run-file.js';
import { BUNDLED_MODEL } from '../search/open-model.js';
import { LexelError } from '../util/errors.js';
import { BUNDLED_WORDS } from '../words/open.js';
import type { Models } from './messages/models.js';
import { PATHS } from './paths.js';
import type { TableEntry } from './run-list/run-table.js';

/** Files that ship with Lexel, by their path below `api/`. */
export const SHIPPED: ReadonlyMap<string, string> = new Map([
  [PATHS.kernels, fileURLToPath(new URL('../../assets/lexel.wasm', import.meta.url))],
  [PATHS.bundledModel, BUNDLED_MODEL],
  [PATHS.words('pack'), BUNDLED_WORDS.pack],
  [PATHS.words('shapes'), BUNDLED_WORDS.shapes],
]);

/** The models of finished folds; folds that are kept as records have none. */
export function modelList(entries: readonly TableEntry[]): Models {
  const runs = entries.flatMap((entry) => {
    const folds = foldsWithModels(entry);
    return folds.length > 0 ? [{ id: entry.place.id, path: entry.place.path, folds }] : [];
  });
  return { bundled: existsSync(BUNDLED_MODEL), runs };
}

/** One look at the folder instead of one at every fold. */
function foldsWithModels({ place, glance }: TableEntry): string[] {
  if (glance.finished.length === 0) return [];
  const present = new Set(readdirSync(join(place.dir, 'folds')));
  return glance.finished.filter((fold) => present.has(`${fold}${MODEL_ENDING}`));
}

const MODEL_ENDING = '.model.safetensors';

/** @throws LexelError if the run has no such model */
export function foldModel(entry: TableEntry, fold: string): Uint8Array<ArrayBuffer> {
  // A name from an address becomes part of a path only if it is that of a finished fold.
  if (!foldsWithModels(entry).includes(fold)) {
    throw new LexelError(
      `run ${entry.place.path} has no model of a fold "${fold.slice(0, 100)}"`,
      'It may not have finished, or it is kept without its network.',
      { code: 'LEXEL_NOT_FOUND' },
    );
  }
  return readFileSync(foldFiles(entry.place.dir, fold).model);
}
