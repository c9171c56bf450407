/**
 * The columns of numbers that the statistics need of one fold. They come either from the fold's outputs
 * (measure-fold.ts) or from a record file that stores them (fold-record.ts). Everything else works on the
 * columns only, so reports and comparisons are the same with and without the fold's outputs.
 */
import type { RecordAbout } from '../crossval/record-file.js';
import { LexelError } from '../util/errors.js';

/**
 * The index of a column; the last dimension varies fastest.
 * - class: a held-out class, in the fold's order.
 * - pair: two held-out classes, the images of the first and the word of the second.
 * - k: a cut-off of hierarchical.ts.
 * - image: an image of a held-out class whose word has a direction, class by class.
 * - label: a label of the run.
 * - step: a step of gaps (zero-shot/gaps.ts).
 */
export type ColumnShape =
  | 'class'
  | 'pair'
  | 'two'
  | 'class and k'
  | 'places, hits 1, 5, 10 and class'
  | 'place, hit 1 and class'
  | 'hits 1, 5, 10 and pair'
  | 'image'
  | 'label'
  | 'step';

/**
 * Ways to rank a word: among all labels; among the fold's held-out labels; among all labels with two
 * constants; by CSLS with the outputs of seen or of held-out images as neighbours.
 */
export const RANKINGS = ['all', 'heldOut', 'twoConstants', 'cslsSeen', 'cslsHeldOut'] as const;
export type Ranking = (typeof RANKINGS)[number];
/** The ways that compute new scores for all labels; each has its own k-occurrences. */
export type Scoring = Extract<Ranking, 'all' | 'cslsHeldOut' | 'cslsSeen'>;

/**
 * The columns of one ranking. For a class with its own word they hold exact sums over its images. The rank of
 * a word is the number of candidates above it plus half of the candidates with an equal score; `places` sums
 * twice that number, which is an integer. For pairs, which only the permutation null reads, they hold the
 * mean rank in {@link RANK_STEPS} steps from best to worst, and the number of images that hit, rounded to an
 * integer.
 */
const ranks = <R extends Ranking>(ranking: R) =>
  ({
    [`${ranking}.own`]: 'places, hits 1, 5, 10 and class',
    [`${ranking}.pairRanks`]: 'pair',
    [`${ranking}.pairHits`]: 'hits 1, 5, 10 and pair',
  }) as Record<`${R}.own`, 'places, hits 1, 5, 10 and class'> &
    Record<`${R}.pairRanks`, 'pair'> &
    Record<`${R}.pairHits`, 'hits 1, 5, 10 and pair'>;

/**
 * Fits into a byte. Over the 80 classes of four rotations, rounding changes a mean rank among 100 labels by
 * 0.013 (one standard deviation). With 2,000 permutations, the ends of its interval are uncertain by 0.1.
 */
export const RANK_STEPS = 250;

/** All columns. u is output − μ, t is a word's vector − μ. Means and sums are over a class's images. */
export const COLUMNS = {
  images: 'class',
  initialLoss: 'class',
  firstEpochLoss: 'class',
  finalLoss: 'class',
  /** Mean u·t with the class's own word, mean |u|², |mean u|². */
  dot: 'class',
  energy: 'class',
  centre: 'class',
  /** Sum of squares of the untrained network's outputs. */
  startSquares: 'class',
  /**
   * Number of labels of the class's superclass among the k best, summed over images; absent without
   * superclasses.
   */
  hierarchical: 'class and k',
  /** For the permutation null, in units: mean u·t, and mean o·v of untrained outputs o and raw vectors v. */
  pairDot: 'pair',
  pairStart: 'pair',
  /** The units of `pairDot` and `pairStart`. */
  pairUnits: 'two',
  /** Centred cosine by another reading than the network's own. */
  'reading.cosine': 'pair',
  ...ranks('all'),
  /** Ranked by Euclidean distance between the raw outputs and the vectors. */
  'all.distance': 'place, hit 1 and class',
  /** `heldOut` and `heldOut.distance`: present if at least two held-out words have a direction. */
  ...ranks('heldOut'),
  'heldOut.distance': 'place, hit 1 and class',
  /**
   * The following columns: present if the seen classes' test images were kept. `cslsHeldOut`: present if the
   * fold holds out several classes.
   */
  ...ranks('twoConstants'),
  ...ranks('cslsSeen'),
  ...ranks('cslsHeldOut'),
  /** Number of images that have a label among their nearest ones (zero-shot/hubness.ts). */
  'all.occurrences': 'label',
  'cslsSeen.occurrences': 'label',
  'cslsHeldOut.occurrences': 'label',
  /** Like `places`, for one image among all labels. */
  'image.places': 'image',
  /** Score of the best seen label minus score of the best unseen label, in half steps (zero-shot/gaps.ts). */
  'image.gap': 'image',
  /** The best unseen label, as an index into the fold's group. */
  'image.best': 'image',
  /** Present only if ties make it differ from the indicator that `image.best` is the true word (0 or 1). */
  'image.credit': 'image',
  /** Present only if some gap is 0: the share of seen labels among the labels with an equal score. */
  'image.seenShare': 'image',
  /** Number of seen images that are classified correctly among the seen labels, by the step of their gap. */
  'seen.steps': 'step',
} as const satisfies Record<string, ColumnShape>;

/** The k of hit@k, in the order of a column's rows. */
export const HITS = [1, 5, 10] as const;

export type ColumnName = keyof typeof COLUMNS;
export const COLUMN_NAMES = Object.keys(COLUMNS) as ColumnName[];
export type Columns = Readonly<Partial<Record<ColumnName, Float64Array>>>;

/** Facts about all test images of the seen classes (zero-shot/gaps.ts). */
export type SeenSteps = NonNullable<RecordAbout['seenSteps']>;

export interface FoldMeasures {
  readonly columns: Columns;
  /** null if the outputs of the seen classes' test images were not kept. */
  readonly seen: SeenSteps | null;
  readonly seenCosine: RecordAbout['seenCosine'];
}

/** @throws LexelError if the fold lacks a column that it should have */
export function columnOf({ columns }: FoldMeasures, name: ColumnName): Float64Array {
  const found = columns[name];
  if (!found) throw new LexelError(`a fold's measures lack the column "${name}"`);
  return found;
}
