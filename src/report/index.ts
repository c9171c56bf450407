/**
 * The report of a run or of several seeds: a page with figures and tables, and a text version for the
 * terminal.
 */

export { comparisonText } from './comparison.js';
export {
  type HeldOutImage,
  type HeldOutImages,
  type HeldOutImagesOptions,
  heldOutImages,
  type NoHeldOutImages,
  type ShownAnswer,
  type ShownWord,
} from './held-out-images.js';
export { type HeldOutSheetText, heldOutSheet } from './held-out-sheet.js';
export { plainSentence } from './plain-sentence.js';
export { POSTER } from './poster.js';
export { seedsText, writeSeedsReport } from './seeds-report.js';
export { summaryText } from './text.js';
export { type ReportOptions, writeReport } from './write-report.js';
