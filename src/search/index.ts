/** Images and words in one space: trained models, zero-shot classification, search among images. */

export type {
  AnalogyFormSummary,
  AnalogyGroup,
  AnalogyGroupName,
  AnalogyTrial,
} from './analogy-summary.js';
export type { RankedLabel, ScoreOptions } from './answerer.js';
export { calibrateModel } from './calibrate-model.js';
export { type CandidateOptions, candidatesOf, type NamedCandidates } from './candidates.js';
export { Answerer, type ClassifyOptions, classifyOutputs } from './classify.js';
export type { Embeddings } from './embeddings.js';
export {
  type Confusion,
  type EvaluatedClass,
  type EvaluatedPart,
  type EvaluateOptions,
  type Evaluation,
  evaluateModel,
  type Hits,
} from './evaluate-model.js';
export {
  ANALOGY_FORMS,
  type AnalogyAnswer,
  type AnalogyForm,
  type AnalogyMeasures,
  type AnalogyScores,
  type ImageAnalogyOptions,
} from './image-analogies.js';
export { ImageIndex, type ImageMatch } from './image-index.js';
export { ImageModel, type ImageModelOptions } from './image-model.js';
export { type ImageInput, MAX_ENCODED } from './image-source.js';
export type { Images, RawImages } from './images.js';
export { type AnalogyReport, type MeasureAnalogiesOptions, measureAnalogies } from './measure-analogies.js';
export { BUNDLED_MODEL, findModel, openModel } from './open-model.js';
export { evaluateQuery, type Query } from './query.js';
export type { Estimate } from './resample.js';
export { Scanner } from './scanner.js';
export { type Embedded, embedImages, type ImagePath, imagePaths } from './stream.js';
export {
  type AnswerOptions,
  type ImageAnswers,
  type Read,
  TrainedModel,
  type TrainedModelOptions,
  UNFAMILIAR,
} from './trained-model.js';
export { type UpdateOptions, type UpdateOutcome, updateIndex } from './update-index.js';
