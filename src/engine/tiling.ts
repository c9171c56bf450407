/**
 * How each operation's work is cut. Tiles are ranges of images, fixed by the shapes alone: their partial sums are
 * added in tile order, so results are the same bits whichever thread takes which tile.
 */

/** Chunks of rows are sized so that both operands stay in the second-level cache: 128 KiB. */
const CHUNK_FLOATS = 32 * 1024;

const clamp = (n: number, low: number, high: number) => Math.max(low, Math.min(high, n));

/** Tiles of a matrix product over batch * hw rows: at least 64 rows each, at most 16. */
export function rowTiles(batch: number, hw: number): number {
  return clamp(Math.floor((batch * hw) / 64), 1, Math.min(16, batch));
}

/** Tiles of an operation that goes image by image. */
export function imageTiles(batch: number): number {
  return Math.min(16, batch);
}

/** Each tile holds a copy of the weight gradient, so large weights get fewer tiles. */
export function weightTiles(tiles: number, weights: number): number {
  return Math.min(tiles, weights > 65536 ? 4 : weights > 16384 ? 8 : 16);
}

/** Rows of a chunk: a multiple of 12, the tallest micro-kernel. `width` is the floats a row needs in scratch. */
export function chunkRows(width: number): number {
  return clamp(Math.floor(CHUNK_FLOATS / width / 12) * 12, 24, 480);
}
