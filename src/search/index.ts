/** Answering pictures with words: candidates, zero-shot classification, opening a trained model. */
export { type CandidateOptions, candidatesOf, type NamedCandidates } from './candidates.js';
export { type ClassifyOptions, classifyOutputs, classifyPictures, type RankedLabel } from './classify.js';
export { BUNDLED_MODEL, findModel, openModel } from './open-model.js';
