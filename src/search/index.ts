/** Pictures and words in one space: opening a trained model, zero-shot classification, search among pictures. */
export type {
  AnalogyFormSummary,
  AnalogyGroup,
  AnalogyGroupName,
  AnalogyTrial,
} from './analogy-summary.js';
export { type CandidateOptions, candidatesOf, type NamedCandidates } from './candidates.js';
export {
  Answerer,
  type ClassifyOptions,
  classifyOutputs,
  type RankedLabel,
  type ScoreOptions,
} from './classify.js';
export { type AnswerOptions, ImageModel, type ImageModelOptions } from './image-model.js';
export type { Images, Picture, RawImages } from './images.js';
export { type AnalogyReport, type MeasureAnalogiesOptions, measureAnalogies } from './measure-analogies.js';
export { findModel, openModel } from './open-model.js';
export {
  ANALOGY_FORMS,
  type AnalogyAnswer,
  type AnalogyForm,
  type AnalogyMeasures,
  type AnalogyScores,
  type PictureAnalogyOptions,
} from './picture-analogies.js';
export { type FoundPicture, PictureIndex } from './picture-index.js';
export { evaluateQuery, type Query } from './query.js';
export type { Estimate } from './resample.js';
export { Scanner } from './scanner.js';
export { type Embedded, embedPictures, type PicturePath, picturePaths } from './stream.js';
export { type UpdateOptions, type UpdateOutcome, updateIndex } from './update-index.js';
