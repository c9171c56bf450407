/** Answering pictures with words: opening a trained model, zero-shot classification. */
export { type CandidateOptions, candidatesOf, type NamedCandidates } from './candidates.js';
export {
  Answerer,
  type ClassifyOptions,
  classifyOutputs,
  type RankedLabel,
  type ScoreOptions,
} from './classify.js';
export { type AnswerOptions, ImageModel, type ImageModelOptions } from './image-model.js';
export type { Images, Picture } from './images.js';
export { findModel, openModel } from './open-model.js';
export { type Embedded, embedPictures, type PicturePath, picturePaths } from './stream.js';
