/** Finds the model that a user means: a model file, or the run directory that holds it. */

import { existsSync, readdirSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { RECORD_ENDING } from '../crossval/record-file.js';
import { checkNoFolderOfRuns } from '../crossval/runs.js';
import { loadModel } from '../train/index.js';
import { LexelError, UsageError } from '../util/errors.js';
import { shellWord } from '../util/shell.js';
import { ImageModel, type ImageModelOptions } from './image-model.js';

/** The model that comes with Lexel, trained on all classes of CIFAR-100. */
export const BUNDLED_MODEL = fileURLToPath(
  new URL('../../assets/models/lite-cifar100.safetensors', import.meta.url),
);

const ENDING = '.model.safetensors';

/**
 * Opens a trained model to answer images with. Its network is compiled when the first image comes.
 *
 * @param path a model file, a run directory with one trained fold, or a file in its `folds`; default the bundled one.
 * @throws UsageError when there is no such path, or it holds several models or runs (the message lists them); FormatError
 *   for a broken file.
 * @example
 * import { openModel } from 'lexel';
 * const [answers] = await openModel().classify('photo.jpg');
 */
export function openModel(path: string = BUNDLED_MODEL, options: ImageModelOptions = {}): ImageModel {
  if (path === BUNDLED_MODEL && !existsSync(path)) {
    throw new UsageError(
      'this copy of Lexel has no model of its own',
      'name one with --model: a run directory or a .safetensors file',
    );
  }
  const file = findModel(path);
  return new ImageModel(loadModel(file, options), file, options);
}

/** @throws LexelError for a run that was kept as records, which hold no networks */
export function checkNotRecords(path: string, folder = join(path, 'folds')): void {
  const found = readdirSync(folder).find((name) => name.endsWith(RECORD_ENDING));
  if (found === undefined) return;
  throw new LexelError(
    `--model ${path}: ${join(folder, found)} keeps what was measured of a fold, not its network`,
    'Name the run directory that has the models, or train the fold again.',
  );
}

/** The model file that a path stands for; throws as {@link openModel} does. */
export function findModel(path: string): string {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (!stat) {
    throw new UsageError(`--model ${path}: no such file or run directory`, 'Train one with `lexel train`.');
  }
  if (!stat.isDirectory()) return path;
  const folder = statSync(join(path, 'folds'), { throwIfNoEntry: false }) ? join(path, 'folds') : path;
  const names = readdirSync(folder).filter((name) => name.endsWith(ENDING));
  if (names.length === 1) return join(folder, names[0]);
  if (names.length === 0) {
    checkNoFolderOfRuns(path, 'model', { option: '--model' });
    checkNotRecords(path, folder);
    throw new LexelError(
      `--model ${path}: holds no finished model (folds/*${ENDING})`,
      `Finish the run: \`lexel loo --resume ${shellWord(path)}\` goes on with it.`,
    );
  }
  const folds = names.slice(0, 8).map((name) => basename(name, ENDING));
  const more = names.length > folds.length ? ', …' : '';
  throw new UsageError(
    `--model ${path}: holds ${names.length} models, one a fold (${folds.join(', ')}${more})`,
    `Name one of them: --model ${shellWord(join(folder, names[0]))}`,
  );
}
