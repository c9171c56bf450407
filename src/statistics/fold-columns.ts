/**
 * What the statistics need of one fold, as columns of numbers: the seam between a fold's outputs, from which it is measured
 * (measure-fold.ts), and everything that is computed of a run. A record (fold-record.ts) is these columns in a file, so a report
 * or a comparison is the same with a fold's outputs and without them.
 */
import type { RecordAbout } from '../crossval/record-file.js';
import { LexelError } from '../util/errors.js';

/**
 * What a column has one number for, the last varying fastest. A class: a held-out one of the fold, in its order. A pair: two of
 * them, the first one's images against the second one's word. A k: of hierarchical.ts. An image: class by class, of the held-out
 * classes whose word has a direction. A label: of the run. A step: of gaps (zero-shot/gaps.ts).
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
 * Ways to rank a word: among all labels, among the fold's held-out ones, among all with two constants, by CSLS with the outputs
 * of seen or of held-out images as neighbours.
 */
export const RANKINGS = ['all', 'heldOut', 'twoConstants', 'cslsSeen', 'cslsHeldOut'] as const;
export type Ranking = (typeof RANKINGS)[number];
/** Those that score all labels anew: each has its k-occurrences. */
export type Scoring = Extract<Ranking, 'all' | 'cslsHeldOut' | 'cslsSeen'>;

/**
 * How classes rank words. Of a class and its own word the sums over its images, exactly. The place of a word is the candidates above it and half of those that
 * are equal; `places` adds up twice that, which is whole. Of pairs, which only the permutation null reads: the mean rank, in
 * {@link RANK_STEPS} steps from the best to the worst, and how many images hit, to the nearest whole.
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
 * A byte holds so many. Over the 80 classes of four rotations, rounding moves a mean rank among 100 labels by 0.013 (one standard
 * deviation); 2,000 permutations leave the ends of its interval uncertain by 0.1.
 */
export const RANK_STEPS = 250;

/** Every column. u is an output less μ, t the vector of a word less μ; means and sums are over a class's images. */
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
  /** Labels of its superclass among the k best, summed; absent without superclasses. */
  hierarchical: 'class and k',
  /** For the permutation null, in units: mean u·t, and mean o·v of untrained outputs with raw vectors. */
  pairDot: 'pair',
  pairStart: 'pair',
  /** The units of these two. */
  pairUnits: 'two',
  /** Centred cosine by another reading than the network's own. */
  'reading.cosine': 'pair',
  ...ranks('all'),
  /** By Euclidean distance of the raw outputs. */
  'all.distance': 'place, hit 1 and class',
  /** These two where two held-out words have a direction. */
  ...ranks('heldOut'),
  'heldOut.distance': 'place, hit 1 and class',
  /** These where the seen classes' test images were kept; `cslsHeldOut` where the fold holds out several classes. */
  ...ranks('twoConstants'),
  ...ranks('cslsSeen'),
  ...ranks('cslsHeldOut'),
  /** How many images have a label among their nearest (zero-shot/hubness.ts). */
  'all.occurrences': 'label',
  'cslsSeen.occurrences': 'label',
  'cslsHeldOut.occurrences': 'label',
  /** As `places`, of one image among all labels. */
  'image.places': 'image',
  /** Best seen label's score less the best unseen label's, in half steps (zero-shot/gaps.ts). */
  'image.gap': 'image',
  /** The best unseen label, as its place in the fold's group. */
  'image.best': 'image',
  /** Only where equal scores make it another number than whether `image.best` is the true word (0 or 1). */
  'image.credit': 'image',
  /** Only where some gap is 0: the share of seen labels among the equal ones. */
  'image.seenShare': 'image',
  /** Seen images that are right among the seen labels, by the step that their gap lies in. */
  'seen.steps': 'step',
} as const satisfies Record<string, ColumnShape>;

/** k of the hits, in the order of a column's rows. */
export const HITS = [1, 5, 10] as const;

export type ColumnName = keyof typeof COLUMNS;
export const COLUMN_NAMES = Object.keys(COLUMNS) as ColumnName[];
export type Columns = Readonly<Partial<Record<ColumnName, Float64Array>>>;

/** About the seen classes' test images as a whole (zero-shot/gaps.ts). */
export type SeenSteps = NonNullable<RecordAbout['seenSteps']>;

export interface FoldMeasures {
  readonly columns: Columns;
  /** null where the seen classes' test images were not kept. */
  readonly seen: SeenSteps | null;
  readonly seenCosine: RecordAbout['seenCosine'];
}

/** @throws LexelError for a column that this fold should have */
export function columnOf({ columns }: FoldMeasures, name: ColumnName): Float64Array {
  const found = columns[name];
  if (!found) throw new LexelError(`a fold's measures lack the column "${name}"`);
  return found;
}
