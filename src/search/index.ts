/** Answering pictures with words: candidates, zero-shot classification, opening a trained model. */

export type {
  AnalogyFormSummary,
  AnalogyGroup,
  AnalogyGroupName,
  AnalogyTrial,
} from './analogy-summary.js';
export { type CandidateOptions, candidatesOf, type NamedCandidates } from './candidates.js';
export { type ClassifyOptions, classifyOutputs, classifyPictures, type RankedLabel } from './classify.js';
export { type AnalogyReport, type MeasureAnalogiesOptions, measureAnalogies } from './measure-analogies.js';
export { BUNDLED_MODEL, findModel, openModel } from './open-model.js';
export {
  ANALOGY_FORMS,
  type AnalogyAnswer,
  type AnalogyForm,
  type AnalogyMeasures,
  type AnalogyScores,
  type PictureAnalogyOptions,
} from './picture-analogies.js';
export type { Estimate } from './resample.js';
