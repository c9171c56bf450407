/** The readings' names, apart from what makes them: the command line shows them without loading a network. */

/** Temperature of ConSE over all seen labels. */
export const CONSE_TEMPERATURE = 2;

/** What each is, for people. */
export const READING_NAMES = {
  regression: 'what the vector head answers',
  'conse-top10': "the mean of the 10 most probable seen classes' words, by the class head's probabilities",
  conse: `the same over all seen classes, at temperature ${CONSE_TEMPERATURE}`,
  'reverse-ridge':
    "words taken to the features: ridge regression from the seen words to their images' mean features",
  'whitened-ridge': 'the same, with features whitened by their covariance within classes',
  eszsl: 'a bilinear form of features and words, in closed form',
} as const;

export type ReadingName = keyof typeof READING_NAMES;
