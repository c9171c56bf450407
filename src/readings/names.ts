/**
 * The names of the readings, in a separate file so that the command line can list them without loading a
 * network.
 */

/** Temperature of ConSE over all seen labels. */
export const CONSE_TEMPERATURE = 2;

/** Descriptions for help texts and error messages. */
export const READING_NAMES = {
  regression: 'the outputs of the vector head',
  'conse-top10': "the mean of the 10 most probable seen classes' words, by the class head's probabilities",
  conse: `the same over all seen classes, at temperature ${CONSE_TEMPERATURE}`,
  'reverse-ridge':
    'words mapped to features: ridge regression from the seen words to the mean features of their images',
  'whitened-ridge': 'the same, with features whitened by their covariance within classes',
  eszsl: 'a bilinear form of features and words, in closed form',
} as const;

export type ReadingName = keyof typeof READING_NAMES;
