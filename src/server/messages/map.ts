/**
 * The map of a run's words and images: api/runs/ID/maps/FOLD/. map.json says what the binary files hold. They are
 * little-endian, one array after the other without padding. Points are, in this order, the words that have a direction, the
 * shown images of held-out classes, and those of seen classes.
 */

import * as z from '../../util/zod.js';

export const MAP_METHODS = ['pca', 'umap'] as const;
export type MapMethod = (typeof MAP_METHODS)[number];

/** Stands for the fold in the path of a map of all folds. */
export const ALL_FOLDS = 'all-folds';
/** Nearest words of each point, nearest first. */
export const MAP_WORDS = 5;
/** Nearest points of each point in all dimensions, nearest first. */
export const MAP_NEIGHBOURS = 8;
/** Images in one atlas: {@link ATLAS_SIDE} rows of as many, each a square of `tile` pixels. */
export const ATLAS_SIDE = 64;

const shownOf = z.object({ shown: z.int(), total: z.int() });

export const mapSchema = z.object({
  format: z.literal('lexel-map'),
  version: z.literal(1),
  /** The folds whose outputs are shown; points name them by their place in this list. */
  folds: z.array(z.string()),
  /** Folds of the run that have a map. */
  choices: z.array(z.string()),
  /** Folds whose map an export lacks; only in an export. */
  notExported: z.array(z.string()).optional(),
  /** Why not all of `choices` are shown though all were asked for; else null. */
  restriction: z.string().nullable(),
  seed: z.int(),
  /** Dimension of the space. */
  dimension: z.int(),
  classes: z.array(
    z.object({
      label: z.string(),
      superclass: z.string().nullable(),
      /** Whether one of the shown folds holds it out. */
      heldOut: z.boolean(),
      /** Mean rank of its word for its shown held-out images; null if there are none. */
      meanRank: z.number().nullable(),
    }),
  ),
  /** Labels among which ranks are taken; guessing gives a mean rank of (candidates + 1) / 2. */
  candidates: z.int(),
  words: z.int(),
  heldOut: shownOf,
  seen: shownOf,
  /**
   * Epochs whose outputs are kept, ascending. The map is fitted to the words and the last; images of seen classes have no
   * place at the others.
   */
  epochs: z.array(z.int()).min(1),
  /** Share of the variance of words and images (last epoch) along the axes of PCA. */
  explained: z.tuple([z.number(), z.number()]),
  /** Pictures: image i is tile i of the atlases, row by row. Null if they are not at hand. */
  pictures: z.object({ tile: z.int(), atlases: z.int() }).nullable(),
  /** Why there are no pictures. */
  missing: z.object({ reason: z.string(), hint: z.string().optional() }).nullable(),
});
export type RunMapFile = z.infer<typeof mapSchema>;

/** Number of points of a map. */
export const pointCount = ({ words, heldOut, seen }: Pick<RunMapFile, 'words' | 'heldOut' | 'seen'>) =>
  words + heldOut.shown + seen.shown;

/** points.bin. */
export interface MapPoints {
  /** int32 [n]: class index. */
  readonly classOf: Int32Array;
  /** int32 [n]: index in the test split; −1 for words. */
  readonly id: Int32Array;
  /** int32 [n]: place in `folds`; of a word, the fold that holds it out, or 0. */
  readonly fold: Int32Array;
  /** float32 [n]: rank of the true word among all labels, from 1; NaN for words, and where the word has no direction. */
  readonly rank: Float32Array;
  /** int32 [n, MAP_WORDS]: class indices of the nearest words, for a word the nearest others; −1 if there are fewer. */
  readonly nearest: Int32Array;
  /** float32 [n, MAP_WORDS]: their centred cosines. */
  readonly cosine: Float32Array;
}

/** neighbours.bin. */
export interface MapNeighbours {
  /** int32 [n, MAP_NEIGHBOURS]: points, −1 if there are fewer. */
  readonly points: Int32Array;
  /** float32 [n, MAP_NEIGHBOURS]: centred cosines in all dimensions, last epoch. */
  readonly cosine: Float32Array;
}

export const writePoints = ({ classOf, id, fold, rank, nearest, cosine }: MapPoints): Uint8Array =>
  joined([classOf, id, fold, rank, nearest, cosine]);

/** @throws RangeError if the file is shorter than `n` points */
export function readPoints(bytes: Uint8Array, n: number): MapPoints {
  const next = sections(bytes);
  return {
    classOf: next(Int32Array, n),
    id: next(Int32Array, n),
    fold: next(Int32Array, n),
    rank: next(Float32Array, n),
    nearest: next(Int32Array, n * MAP_WORDS),
    cosine: next(Float32Array, n * MAP_WORDS),
  };
}

export const writeNeighbours = ({ points, cosine }: MapNeighbours): Uint8Array => joined([points, cosine]);

/** @throws RangeError if the file is shorter than `n` points */
export function readNeighbours(bytes: Uint8Array, n: number): MapNeighbours {
  const next = sections(bytes);
  return { points: next(Int32Array, n * MAP_NEIGHBOURS), cosine: next(Float32Array, n * MAP_NEIGHBOURS) };
}

/** pca.bin and umap.bin: float32 [epochs, n, 2]; NaN where an image has no output at the epoch. */
export const writePlaces = (places: readonly Float32Array[]): Uint8Array => joined(places);

/** @throws RangeError if the file is shorter than `n` points at each epoch */
export function readPlaces(bytes: Uint8Array, n: number, epochs: number): Float32Array[] {
  const next = sections(bytes);
  return Array.from({ length: epochs }, () => next(Float32Array, n * 2));
}

function joined(arrays: readonly (Int32Array | Float32Array)[]): Uint8Array {
  const out = new Uint8Array(arrays.reduce((sum, { byteLength }) => sum + byteLength, 0));
  let at = 0;
  for (const { buffer, byteOffset, byteLength } of arrays) {
    out.set(new Uint8Array(buffer, byteOffset, byteLength), at);
    at += byteLength;
  }
  return out;
}

/** Takes one array after the other, without a copy if the bytes are aligned. */
function sections(bytes: Uint8Array) {
  const { buffer, byteOffset } = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice();
  let at = byteOffset;
  const end = byteOffset + bytes.byteLength;
  return <Of>(
    make: { new (buffer: ArrayBufferLike, from: number, length: number): Of },
    length: number,
  ): Of => {
    if (at + length * 4 > end)
      throw new RangeError(`${bytes.byteLength} bytes are too few for the points of this map`);
    const section = new make(buffer, at, length);
    at += length * 4;
    return section;
  };
}
