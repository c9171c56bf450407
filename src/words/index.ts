/** Word vectors: reading, packing, lookup, search, arithmetic and training. */

export { editDistance, nearestSpellings } from '../util/spelling.js';
export {
  type AnalogyMethod,
  type AnalogyResult,
  type AnalogyScore,
  evaluateAnalogies,
} from './analogies.js';
export {
  type AnalogyQuestion,
  type AnalogyQuestions,
  type Four,
  readAnalogies,
} from './analogy-questions.js';
export { type Arithmetic, arithmetic, type NearestAnswer, nearestWords } from './arithmetic.js';
export { dotRows } from './dot-rows.js';
export { faultAt, type Grammar, parseExpression, type Term } from './expression.js';
export { type GetWordsOptions, getWords } from './get.js';
export { type WordsInfo, wordsInfo } from './info.js';
export {
  KNOWN_ALIASES,
  type LabelOptions,
  type LabelSource,
  type LabelVectors,
  labelVectors,
} from './labels.js';
export { defaultMemory } from './memory.js';
export {
  BUNDLED_WORDS,
  findWords,
  GLOVE_DIMENSIONS,
  type OpenWordsOptions,
  openWords,
  WORDS_CHOICES,
  WORDS_NAMES,
  wordsSpec,
} from './open.js';
export { type ReadWordsOptions, readWords } from './read.js';
export { type Repair, type RepairKind, repairText } from './repairs.js';
export { type PackOptions, writeStore } from './store.js';
export type { ReadOptions } from './table.js';
export { topK } from './top-k.js';
export { rowNorms, type TopRows, type WordMetric } from './top-rows.js';
export { type GloveOptions, learnWords, trainWords } from './train/glove.js';
export { checksumOf, type NearestOptions, type Neighbour, WordTable } from './word-table.js';
export { WordVectors } from './word-vectors.js';
export { writeWords } from './write.js';
