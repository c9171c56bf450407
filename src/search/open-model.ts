/** Opens a model from a model file or from the run directory that contains it. */

import { existsSync, readdirSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { RECORD_ENDING } from '../crossval/record-file.js';
import { readRunFile } from '../crossval/run-file.js';
import { checkNoFolderOfRuns } from '../crossval/runs.js';
import { checkHasFolds } from '../crossval/targets-file.js';
import { loadModel } from '../train/model-file.js';
import { checkDataDirectory } from '../util/data-dir.js';
import { LexelError, UsageError } from '../util/errors.js';
import { shellWord } from '../util/shell.js';
import { ImageModel, type ImageModelOptions } from './image-model.js';

/** The model that ships with Lexel, trained on 90 classes of CIFAR-100 (assets/models/README.md). */
export const BUNDLED_MODEL = fileURLToPath(
  new URL('../../assets/models/lite-joint.safetensors', import.meta.url),
);

const ENDING = '.model.safetensors';

/**
 * Opens a trained model. Its network is compiled when the first image is processed.
 *
 * @param path a model file, a run directory with one trained fold, or a file in its `folds`; default: the
 * bundled model
 * @throws LexelError if the path does not exist; UsageError if it contains several models or runs (which are listed);
 * FormatError for a damaged file
 * @example
 * import { openModel } from 'lexel';
 * const [answers] = await openModel().classify('photo.jpg');
 */
export function openModel(path: string = BUNDLED_MODEL, options: ImageModelOptions = {}): ImageModel {
  checkDataDirectory(options.dataDir);
  const file = findModel(path);
  return new ImageModel(loadModel(file, options), file, options);
}

/** @throws LexelError for a run kept as records, which do not contain networks */
export function checkNotRecords(path: string, folder = join(path, 'folds')): void {
  const found = readdirSync(folder).find((name) => name.endsWith(RECORD_ENDING));
  if (found === undefined) return;
  throw new LexelError(
    `--model ${path}: ${join(folder, found)} contains measurements of a fold, but not its network`,
    'Use the run directory with the models, or train the fold again.',
    { code: 'LEXEL_NOT_FOUND' },
  );
}

/** The model file at a path; throws like {@link openModel}. */
export function findModel(path: string): string {
  if (path === BUNDLED_MODEL && !existsSync(path)) {
    throw new UsageError(
      'this copy of Lexel does not include a model',
      'give one with --model: a run directory or a .safetensors file',
    );
  }
  const stat = statSync(path, { throwIfNoEntry: false });
  if (!stat) {
    throw new LexelError(`--model ${path}: no such file or run directory`, 'Train one with `lexel train`.', {
      code: 'LEXEL_NOT_FOUND',
    });
  }
  if (!stat.isDirectory()) return path;
  const folder = statSync(join(path, 'folds'), { throwIfNoEntry: false }) ? join(path, 'folds') : path;
  const names = readdirSync(folder).filter((name) => name.endsWith(ENDING));
  if (names.length === 1) return join(folder, names[0]);
  if (names.length === 0) {
    checkNoFolderOfRuns(path, 'model', { option: '--model' });
    if (existsSync(join(path, 'run.json'))) checkHasFolds(path, readRunFile(path));
    checkNotRecords(path, folder);
    throw new LexelError(
      `--model ${path}: contains no finished model (folds/*${ENDING})`,
      `Finish the run: \`lexel loo --resume ${shellWord(path)}\` continues it.`,
      { code: 'LEXEL_NOT_FOUND' },
    );
  }
  const folds = names.slice(0, 8).map((name) => basename(name, ENDING));
  const more = names.length > folds.length ? ', …' : '';
  throw new UsageError(
    `--model ${path}: contains ${names.length} models, one per fold (${folds.join(', ')}${more})`,
    `Choose one of them: --model ${shellWord(join(folder, names[0]))}`,
  );
}
