/**
 * Readings: ways to turn a trained network's outputs and features into points among words, computed after
 * training.
 */
export { READING_NAMES, type ReadingName } from './names.js';
export type { ImageAnswers, Reading, ReadingBasis } from './reading.js';
export {
  answeringReading,
  makeReading,
  OWN,
  ownReading,
  readingName,
} from './table.js';
