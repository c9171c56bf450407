/**
 * The main exports of the library. Each part has its own entry point with more exports: lexel/data, lexel/words,
 * lexel/train, ...
 */

export {
  createRunDirectory,
  type Experiment,
  type ExperimentOptions,
  type FoldFailure,
  type Progress,
  prepareExperiment,
  type Run,
  type RunFile,
  type RunnerOptions,
  type RunOutcome,
  readRun,
  reopenExperiment,
  runFolds,
} from './crossval/index.js';
export { type Dataset, type ImageSet, openDataset } from './data/index.js';
export { createPredictor, createTrainer, engineInfo } from './engine/index.js';
export { buildNetwork, type Network } from './nn/index.js';
export {
  type AnswerOptions,
  type Embeddings,
  type ImageInput,
  ImageModel,
  type ImageModelOptions,
  type Images,
  openModel,
  type RankedLabel,
  type RawImages,
} from './search/index.js';
export {
  CONTROL_NAMES,
  type ControlName,
  type FoldEvent,
  PRESETS,
  type PresetName,
  RECIPE_NAMES,
  type RecipeName,
  type TrainConfig,
} from './train/index.js';
export { ERROR_CODES, type ErrorCode, FormatError, LexelError, UsageError } from './util/errors.js';
export { labelVectors, openWords, WordVectors } from './words/index.js';
