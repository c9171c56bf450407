/** The models that can be tried, and their files. */

import type { Models } from '../../../src/server/messages/models.js';
import { PATHS } from '../../../src/server/paths.js';
import { readBytes, SourceError } from '../source.js';
import { taughtModel, taughtModels } from '../teach/storage.js';

/** A model of the list. Its id stands in the address. */
export interface Choice {
  readonly id: string;
  readonly name: string;
}

/** Choices under a heading. */
export interface Group {
  readonly heading: string;
  readonly choices: readonly Choice[];
}

export const BUNDLED = 'bundled';

const foldId = (run: string, fold: string) => `run/${run}/${fold}`;
const taughtId = (key: string) => `taught/${key}`;

/** What can be chosen, and how many models of runs an export lacks. */
export interface ModelList {
  readonly groups: readonly Group[];
  readonly notExported: number;
}

/**
 * All models: the bundled one, those taught in this browser, and those of the runs.
 * @param parse reads and checks models.json
 */
export async function listModels(parse: (json: Uint8Array) => Promise<Models>): Promise<ModelList> {
  const [{ bundled, runs }, taught] = await Promise.all([
    readBytes(PATHS.models).then(parse),
    taughtModels().catch(() => []),
  ]);
  const groups = [
    { heading: 'With Lexel', choices: bundled ? [{ id: BUNDLED, name: 'CIFAR-100, 90 classes seen' }] : [] },
    {
      heading: 'Taught in this browser',
      choices: taught.map(({ key, name }) => ({ id: taughtId(key), name })),
    },
    ...runs.map(({ id, path, folds }) => ({
      heading: path,
      choices: folds.map((fold) => ({ id: foldId(id, fold), name: fold })),
    })),
  ].filter(({ choices }) => choices.length > 0);
  return { groups, notExported: runs.reduce((sum, one) => sum + (one.notExported?.length ?? 0), 0) };
}

/** @throws SourceError if there is no such model */
export async function modelBytes(id: string): Promise<Uint8Array<ArrayBuffer>> {
  if (id === BUNDLED) return readBytes(PATHS.bundledModel);
  const [kind, first = '', ...rest] = id.split('/');
  if (kind === 'run') return readBytes(PATHS.foldModel(first, rest.join('/')));
  const bytes = kind === 'taught' ? await taughtModel(first) : undefined;
  if (bytes) return bytes;
  throw new SourceError(id, 'The model of this address is not here', 'Choose another one.');
}

/** The bytes of the word vectors that a model was trained with, by the name of their file. */
export const wordBytes = (source: string): Promise<Uint8Array<ArrayBuffer>> =>
  readBytes(PATHS.words(source.startsWith('shapes') ? 'shapes' : 'pack'));
