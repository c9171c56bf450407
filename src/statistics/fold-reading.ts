/** Applies a reading to a fold: the points of its held-out images and of all labels (src/readings). */

import { type FoldOutputs, readFoldOutputs } from '../crossval/fold-outputs.js';
import { makeReading, ownReading, type Reading, type ReadingBasis } from '../readings/index.js';
import type { TargetSpace } from '../train/index.js';
import { pickRows } from '../util/pick-rows.js';

export interface FoldReading {
  readonly name: string;
  readonly note: string | null;
}

/** The words placed by a reading, in r dimensions. */
export interface PlacedWords {
  /** Dimension r of the points. */
  readonly dimension: number;
  /** float32 [labels, r]. */
  readonly targets: Float32Array;
  /** [r], subtracted before cosines are taken. */
  readonly mu: Float64Array;
}

/** The points that a reading computes from a fold's outputs. */
export interface ReadAnswers {
  readonly words: PlacedWords;
  /** Points of each held-out class's test images after the last epoch, [n, r] each, in the fold's order. */
  readonly points: readonly Float32Array[];
  /**
   * Creates the reading, to place further words and images. It is not kept, because with wide features it is
   * large.
   */
  readonly open: () => Reading;
}

/** The reading that a run's ranks and cosines are measured by, and the one of its losses. */
export interface RunReading {
  readonly name: string;
  /**
   * The network's own reading, whose points lie in the recipe's space. Losses, skill and relative change use
   * it.
   */
  readonly own: string;
}

export const runReading = ({
  space,
  reading: { name },
}: {
  readonly space: TargetSpace;
  readonly reading: Pick<FoldReading, 'name'>;
}): RunReading => ({ name, own: ownReading(space) });

/** The name of the chosen reading, or undefined if it is the network's own. */
export const chosenReading = ({ name, own }: RunReading): string | undefined =>
  name === own ? undefined : name;

/** The network's own outputs: the recipe's space with its targets and points. */
export interface OwnAnswers {
  readonly space: TargetSpace;
  readonly mu: Float64Array;
  /** Class indices, in the order of the rows of the kept class means. */
  readonly seen: readonly number[];
  /** [n, dimension] each. */
  readonly heldOut: readonly Float32Array[];
}

/**
 * @param text value of `--reading`; undefined selects the network's own
 * @param file name of the outputs file, for messages
 * @param rows for each held-out class, the rows of its images
 * @throws UsageError for an unknown reading; FormatError if the network does not support the reading
 */
export function foldReading(
  text: string | undefined,
  file: string,
  own: OwnAnswers,
  outputs: FoldOutputs,
  rows: readonly (readonly number[])[],
): { readonly reading: FoldReading; readonly answers: ReadAnswers } {
  const basis = basisOf(file, own, outputs);
  const made = makeReading(text, basis);
  const { name, dimension, note } = made;
  const reading = { name, note };
  const open = opener(text, file, own, made);
  if (name === ownReading(basis)) {
    const { space, mu, heldOut } = own;
    const words = { dimension, targets: space.targets, mu };
    return { reading, answers: { words, points: heldOut, open } };
  }
  const { heldOut, features } = outputs;
  const words = {
    dimension,
    targets: made.place(own.space.targets),
    mu: Float64Array.from(made.mean),
  };
  const points = rows.map((list) =>
    made.points({
      outputs: pickRows(heldOut.last, outputs.dimension, list),
      features: features && pickRows(features.heldOut, features.dimension, list),
    }),
  );
  return { reading, answers: { words, points, open } };
}

/**
 * A separate function that captures as little as possible: its closure stays in memory as long as the fold,
 * and the wide features of a hundred folds would fill the memory.
 */
function opener(
  text: string | undefined,
  file: string,
  own: OwnAnswers,
  { needsFeatures }: Pick<Reading, 'needsFeatures'>,
): () => Reading {
  return () => makeReading(text, basisOf(file, own, needsFeatures ? readFoldOutputs(file) : null));
}

/** @param outputs null for a basis without features */
function basisOf(
  file: string,
  { space, seen, mu }: OwnAnswers,
  outputs: Pick<FoldOutputs, 'features'> | null,
): ReadingBasis {
  const { targets, dimension, directionless, heads, numbers } = space;
  return {
    file,
    heads,
    unit: numbers.unit,
    seen,
    targets,
    dimension,
    mean: mu,
    directionless,
    features: outputs?.features,
  };
}
