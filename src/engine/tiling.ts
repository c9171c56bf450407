/**
 * Divides each operation into tiles. A tile is a range of images that depends on the shapes only, and partial
 * sums are added in tile order. So the result is bit-identical whichever thread runs which tile.
 */

import { WINOGRAD_BLOCK, WINOGRAD_POSITIONS } from './constants.js';

/** Chunks of rows are sized so that both operands fit into the second-level cache: 128 KiB. */
const CHUNK_FLOATS = 32 * 1024;

const clamp = (n: number, low: number, high: number) => Math.max(low, Math.min(high, n));

/** Tiles of a matrix product over batch * hw rows: at most 16, with at least 64 rows each. */
export function rowTiles(batch: number, hw: number): number {
  return clamp(Math.floor((batch * hw) / 64), 1, Math.min(16, batch));
}

/** Tiles of an operation that works image by image. */
export function imageTiles(batch: number): number {
  return Math.min(16, batch);
}

/** Each tile has its own copy of the weight gradient, so large weights get fewer tiles. */
export function weightTiles(tiles: number, weights: number): number {
  return Math.min(tiles, weights > 65536 ? 4 : weights > 16384 ? 8 : 16);
}

/**
 * Rows of a chunk: a multiple of 12, the height of the tallest micro-kernel. `width` is the scratch floats
 * per row.
 */
export function chunkRows(width: number): number {
  return clamp(Math.floor(CHUNK_FLOATS / width / 12) * 12, 24, 480);
}

/** Number of output blocks of a map in Winograd's convolution. */
export const winogradBlocks = (height: number, width: number): number =>
  Math.ceil(height / WINOGRAD_BLOCK) * Math.ceil(width / WINOGRAD_BLOCK);

/** Minimum number of output blocks per tile, and number of blocks that are transformed together. */
const WINOGRAD_TILE = 32;
const WINOGRAD_GROUP = 48;
/** With fewer channels, the transforms cost more than the products save. */
const WINOGRAD_CHANNELS = 16;

/**
 * Tiles of a 3x3 convolution of stride 1 by Winograd's algorithm (kernels/winograd.h), and how many of a
 * tile's images are transformed together. Null if the direct product is faster: few channels, or maps that
 * blocks of 4 x 4 outputs do not fill.
 */
export function winogradTiles(
  batch: number,
  { height, width, channels, out }: { height: number; width: number; channels: number; out: number },
): { tiles: number; group: number } | null {
  const blocks = winogradBlocks(height, width);
  const [products, direct] = [WINOGRAD_POSITIONS * blocks, 9 * height * width];
  if (Math.min(channels, out) < WINOGRAD_CHANNELS || 2 * products > direct) return null;
  const tiles = clamp(Math.floor((batch * blocks) / WINOGRAD_TILE), 1, imageTiles(batch));
  return { tiles, group: clamp(Math.round(WINOGRAD_GROUP / blocks), 1, Math.ceil(batch / tiles)) };
}
