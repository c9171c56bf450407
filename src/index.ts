/**
 * The main exports of the library. Each part has its own entry point with more exports: lexel/data, lexel/words,
 * lexel/train, ...
 *
 * Importing this module should be fast. So it imports files rather than whole parts, and functions that return a promise
 * load their module when they are first called (test/package/loads.test.ts lists what must not be loaded).
 */

import type * as Crossval from './crossval/index.js';
import type * as Data from './data/index.js';
import type * as Engine from './engine/index.js';
import type * as Words from './words/index.js';

export type {
  Experiment,
  ExperimentOptions,
  FoldFailure,
  Progress,
  Run,
  RunFile,
  RunnerOptions,
  RunOutcome,
} from './crossval/index.js';
export { readRun } from './crossval/run-file.js';
export { createRunDirectory } from './crossval/store.js';
export type { Dataset, ImageSet } from './data/index.js';
export { buildNetwork } from './nn/build.js';
export type { Network } from './nn/index.js';
export { ImageModel } from './search/image-model.js';
export type {
  AnswerOptions,
  Embeddings,
  ImageInput,
  ImageModelOptions,
  Images,
  RankedLabel,
  RawImages,
} from './search/index.js';
export { openModel } from './search/open-model.js';
export { CONTROL_NAMES, type ControlName } from './train/control.js';
export type { FoldEvent, TrainConfig } from './train/index.js';
export { PRESETS, type PresetName } from './train/presets.js';
export { RECIPE_NAMES, type RecipeName } from './train/recipe.js';
export { ERROR_CODES, type ErrorCode, FormatError, LexelError, UsageError } from './util/errors.js';
export { labelVectors } from './words/labels.js';
export { WordVectors } from './words/word-vectors.js';

/** Same as `openDataset` of lexel/data: opens `shapes`, a published data set by its name, or a folder of images. */
export const openDataset: typeof Data.openDataset = async (...args) =>
  (await import('./data/open.js')).openDataset(...args);

/** Same as `openWords` of lexel/words: opens word vectors by the name of a set, or from a file. */
export const openWords: typeof Words.openWords = async (...args) =>
  (await import('./words/open.js')).openWords(...args);

/** Same as `createTrainer` of lexel/engine: compiles a network for training. */
export const createTrainer: typeof Engine.createTrainer = async (...args) =>
  (await import('./engine/index.js')).createTrainer(...args);

/** Same as `createPredictor` of lexel/engine: compiles a network for evaluation. */
export const createPredictor: typeof Engine.createPredictor = async (...args) =>
  (await import('./engine/index.js')).createPredictor(...args);

/** Same as `engineInfo` of lexel/engine: describes the backend that is used here. */
export const engineInfo: typeof Engine.engineInfo = async (...args) =>
  (await import('./engine/index.js')).engineInfo(...args);

/** Same as `prepareExperiment` of lexel/crossval: opens data and words, and plans the folds. */
export const prepareExperiment: typeof Crossval.prepareExperiment = async (...args) =>
  (await import('./crossval/index.js')).prepareExperiment(...args);

/** Same as `reopenExperiment` of lexel/crossval: prepares the experiment of a run directory again. */
export const reopenExperiment: typeof Crossval.reopenExperiment = async (...args) =>
  (await import('./crossval/index.js')).reopenExperiment(...args);

/** Same as `runFolds` of lexel/crossval: trains all unfinished folds of a run directory. */
export const runFolds: typeof Crossval.runFolds = async (...args) =>
  (await import('./crossval/index.js')).runFolds(...args);
