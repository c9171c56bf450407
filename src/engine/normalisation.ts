/** Per-channel normalisation as the input kernel takes it. */

import type { Buffer } from './program.js';
import type { EngineOptions } from './types.js';

/** Writes mean and inverse deviation of raw 0..255 pixels; `options` gives them in units of pixel/255. */
export function writeNormalisation(arena: Float32Array, region: Buffer, options: EngineOptions): void {
  for (let c = 0; c < 3; c++) {
    arena[region.offset + c] = options.mean[c] * 255;
    arena[region.offset + 3 + c] = 1 / (options.std[c] * 255);
  }
}
