/** Lexel as a library. The parts are also exported one by one: lexel/data, lexel/words, lexel/train, ... */
export * from './crossval/index.js';
export { type Dataset, type ImageSet, openDataset } from './data/index.js';
export { createPredictor, createTrainer, engineInfo } from './engine/index.js';
export { buildNetwork, type Network } from './nn/index.js';
export {
  type AnswerOptions,
  ImageModel,
  type ImageModelOptions,
  type Images,
  openModel,
  type Picture,
  type RankedLabel,
  type RawImages,
} from './search/index.js';
export * from './train/index.js';
export { FormatError, LexelError, UsageError } from './util/errors.js';
export { labelVectors, openWords, WordVectors } from './words/index.js';
