/** The pictures of a map, side by side in a few square images. */

import { allocateSet } from '../../data/dataset.js';
import type { ImageSet } from '../../data/index.js';
import { gather } from '../../data/order.js';
import { resizeSet } from '../../data/resize.js';
import { ATLAS_SIDE } from '../messages/map.js';

/** Larger images are reduced to this height and width, in pixels. */
const LARGEST_TILE = 32;
const PER_ATLAS = ATLAS_SIDE * ATLAS_SIDE;

export const tileOf = ({ size }: ImageSet) => Math.min(size, LARGEST_TILE);
export const atlasCount = (images: number) => Math.ceil(images / PER_ATLAS);

/**
 * One atlas as a WebP file, [ATLAS_SIDE · tile, ATLAS_SIDE · tile]; tiles without an image are black.
 * @param ids of all images of the map, of which the atlas shows those from `index` · ATLAS_SIDE² on
 */
export async function atlasImage(set: ImageSet, ids: Int32Array, index: number): Promise<Uint8Array> {
  const own = ids.subarray(index * PER_ATLAS, (index + 1) * PER_ATLAS);
  const picked = allocateSet(own.length, set.size);
  gather(set, own, 0, own.length, picked.pixels);
  const { pixels, size: tile } = resizeSet(picked, tileOf(set));
  const side = ATLAS_SIDE * tile;
  const sheet = new Uint8Array(side * side * 3);
  for (let i = 0; i < own.length; i++) {
    const [x, y] = [(i % ATLAS_SIDE) * tile, Math.floor(i / ATLAS_SIDE) * tile];
    for (let row = 0; row < tile; row++) {
      const from = (i * tile + row) * tile * 3;
      sheet.set(pixels.subarray(from, from + tile * 3), ((y + row) * side + x) * 3);
    }
  }
  const { default: sharp } = await import('sharp'); // loaded lazily, as for decoding
  return sharp(sheet, { raw: { width: side, height: side, channels: 3 } })
    .webp({ quality: 90, smartSubsample: true })
    .toBuffer();
}
