/** Readings: the ways in which a trained network's answers become points among words, computed after training. */
export type { ImageAnswers, Reading, ReadingBasis } from './reading.js';
export {
  answeringReading,
  makeReading,
  OWN,
  ownReading,
  parseReading,
  READING_NAMES,
  type ReadingName,
} from './table.js';
