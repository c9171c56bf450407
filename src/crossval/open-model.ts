/** A model by its path: a model file, or a run directory with one trained network. */

import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { loadModel, type Model } from '../train/index.js';
import { LexelError } from '../util/errors.js';
import { foldFiles, readRunFile } from './run-file.js';

/**
 * Loads the model at `path`.
 * @throws LexelError when nothing is there, no fold is finished, or there are several to choose from
 */
export function openModel(path: string): Model {
  if (!existsSync(path)) {
    throw new LexelError(
      `${path}: no such model`,
      'give a .safetensors file of Lexel, or the directory of a run',
    );
  }
  if (!statSync(path).isDirectory()) return loadModel(path);
  const models = readRunFile(path)
    .folds.map(({ id }) => foldFiles(path, id).model)
    .filter((file) => existsSync(file));
  if (models.length === 1) return loadModel(models[0]);
  if (models.length === 0) {
    throw new LexelError(`${path} has no finished fold yet`, `go on with it: lexel loo --resume ${path}`);
  }
  const some = models.slice(0, 3).join(', ');
  throw new LexelError(
    `${path} holds ${models.length} models`,
    `name one of them, such as ${some}${models.length > 3 ? ', ... ' : ''} in ${join(path, 'folds')}`,
  );
}
