/** A fold's network by one of its readings: where its held-out images and all labels lie (src/readings). */

import { type FoldOutputs, readFoldOutputs } from '../crossval/fold-outputs.js';
import { makeReading, ownReading, type Reading, type ReadingBasis } from '../readings/index.js';
import type { TargetSpace } from '../train/index.js';

export interface FoldReading {
  readonly name: string;
  readonly note: string | null;
}

/** Where a reading places the words, in r dimensions. */
export interface PlacedWords {
  /** r. */
  readonly dimension: number;
  /** float32 [labels, r]. */
  readonly targets: Float32Array;
  /** What is taken off before cosines, [r]. */
  readonly mu: Float64Array;
}

/** What a reading makes of a fold's outputs. */
export interface ReadAnswers {
  readonly words: PlacedWords;
  /** The held-out classes' test images as points at the end, [n, r] each, in the fold's order. */
  readonly points: readonly Float32Array[];
  /** The reading itself, for further words and images: made again each time, since of wide features it is large. */
  readonly open: () => Reading;
}

/** By what a run's ranks and cosines are measured, and its losses. */
export interface RunReading {
  readonly name: string;
  /** The network's own, whose points lie in the recipe's space: losses, skill and relative change are of it. */
  readonly own: string;
}

export const runReading = ({
  space,
  reading: { name },
}: {
  readonly space: TargetSpace;
  readonly reading: Pick<FoldReading, 'name'>;
}): RunReading => ({ name, own: ownReading(space) });

/** The reading where it was asked for: another than the run's own. */
export const chosenReading = ({ name, own }: RunReading): string | undefined =>
  name === own ? undefined : name;

/** What the fold's own answers are: the recipe's space, with its targets and points. */
export interface OwnAnswers {
  readonly space: TargetSpace;
  readonly mu: Float64Array;
  /** Class indices, as the rows of the kept class means. */
  readonly seen: readonly number[];
  /** [n, dimension] each. */
  readonly heldOut: readonly Float32Array[];
}

/**
 * @param text `--reading`; undefined: the network's own
 * @param file of the outputs; names it in messages
 * @param rows of each held-out class's images
 * @throws UsageError for an unknown reading; FormatError where the network cannot give it
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
 * Apart from {@link foldReading}, and made of as little as it takes: what it holds stays in memory as long as the fold does,
 * and of a hundred folds wide features would fill it.
 */
function opener(
  text: string | undefined,
  file: string,
  own: OwnAnswers,
  { needsFeatures }: Pick<Reading, 'needsFeatures'>,
): () => Reading {
  return () => makeReading(text, basisOf(file, own, needsFeatures ? readFoldOutputs(file) : null));
}

/** @param outputs null: without features */
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

function pickRows(matrix: Float32Array, width: number, rows: readonly number[]): Float32Array {
  const out = new Float32Array(rows.length * width);
  for (const [to, from] of rows.entries())
    out.set(matrix.subarray(from * width, (from + 1) * width), to * width);
  return out;
}
