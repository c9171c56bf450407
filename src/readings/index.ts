/** Readings: the ways in which a trained network's answers become points among words, computed after training. */
export { READING_NAMES, type ReadingName } from './names.js';
export type { ImageAnswers, Reading, ReadingBasis } from './reading.js';
export {
  answeringReading,
  makeReading,
  OWN,
  ownReading,
  readingName,
} from './table.js';
