/**
 * The terms of the page, each with a sentence of definition. docs/DEFINITIONS.md has the exact definitions; each entry
 * names the heading there that it abridges.
 */

export interface GlossaryEntry {
  readonly term: string;
  /** Other spellings that are linked to the entry. */
  readonly also?: readonly string[];
  /** The bold term of docs/DEFINITIONS.md that defines it. */
  readonly defined: string;
  readonly meaning: string;
}

export const GLOSSARY: readonly GlossaryEntry[] = [
  {
    term: 'held out',
    also: ['held-out'],
    defined: 'Held out',
    meaning: 'The class is in no training image, and duplicates of its images are dropped from training too.',
  },
  {
    term: 'rank',
    also: ['mean rank', 'mean place'],
    defined: 'Rank, hit@k',
    meaning:
      'Place of the true word among the candidate words, which are sorted by the cosine of (output − μ) with (vector − μ). 1 is best; ties count half. Averaged over the images of a class, then over classes.',
  },
  {
    term: 'hit@k',
    also: ['hit@1', 'hit@5', 'hit@10'],
    defined: 'Rank, hit@k',
    meaning: 'Share of images whose true word is among the k first of the candidates.',
  },
  {
    term: 'permutation null',
    defined: 'Permutation null',
    meaning:
      'What the same outputs give if the words of the held-out classes are exchanged among them at random, many times. It shows what a result is without transfer.',
  },
  {
    term: 'two constants',
    defined: 'Two constants',
    meaning:
      'One number is subtracted from the scores of all seen labels, and another from those of all unseen labels. They hold the seen labels back but cannot tell unseen labels apart, so they are the baseline among all labels.',
  },
  {
    term: 'AUSUC',
    defined: 'AUSUC',
    meaning:
      'Area under the curve of accuracy on seen against unseen classes, as one constant between seen and unseen labels takes all values.',
  },
  {
    term: 'centred cosine',
    defined: 'Centred cosine',
    meaning:
      "Cosine of a class's mean output with its word vector, after the mean vector μ was subtracted from both. 0: no direction towards the word; 1: exactly its direction.",
  },
  {
    term: 'mean vector',
    also: ['mean-vector'],
    defined: 'Constant outputs',
    meaning:
      "μ, the mean of the seen classes' word vectors. Always answering it takes no image, so what it reaches is no transfer.",
  },
  {
    term: 'mean-vector loss',
    defined: 'Mean-vector loss',
    meaning:
      'The loss of always answering μ, the mean of the seen classes’ word vectors. A network whose loss is above it does worse than this answer without an image.',
  },
  {
    term: 'relative change',
    defined: 'Relative change',
    meaning:
      '(final loss − start) / start. Negative is better. The start is the untrained network unless stated otherwise.',
  },
  {
    term: 'skill',
    defined: 'Skill',
    meaning: '1 − final loss / loss of the mean vector. Above 0: better than answering without an image.',
  },
  {
    term: 'calibrated skill',
    defined: 'Calibrated skill',
    meaning:
      'Skill after the outputs were shrunk towards the mean vector by one factor α, fitted on the other held-out classes. It takes out overconfidence about unseen classes; it needs ten held-out classes.',
  },
  {
    term: 'hierarchical precision',
    also: ['hp@1', 'hp@2', 'hp@5', 'hp@10'],
    defined: 'Hierarchical precision, hp@k',
    meaning: 'Share of the k first answers that are of the true superclass (hp@1: the true word itself).',
  },
  {
    term: 'permuted control',
    defined: 'Permuted control',
    meaning:
      'The whole experiment with the words assigned to the classes at random: a run of its own, shown with --compared-with.',
  },
  {
    term: 'superclasses',
    also: ['superclass'],
    defined: 'Units',
    meaning:
      'Groups of related classes, such as trees. Intervals and tests draw whole superclasses if there are at least six, because related classes are not independent.',
  },
];

/** The fragment of an entry's address. */
export const termId = (term: string): string => `term-${term.toLowerCase().replace(/[^a-z0-9]+/g, '-')}`;
