/** Answering pictures with words: which words may answer, and which lie nearest. */
export { type Candidate, type CandidateOptions, candidatesOf } from './candidates.js';
export { type ClassifyOptions, classifyOutputs, type RankedWord } from './classify.js';
