/** Per-channel normalisation in the form that the input kernel reads. */

import type { MachineSettings } from './types.js';

/**
 * Mean and inverse deviation for raw 0..255 pixels, float32 [2, 3]. `options` has them in units of pixel/255.
 */
export function normalisationOf({ mean, std }: Pick<MachineSettings, 'mean' | 'std'>): Float32Array {
  return Float32Array.from([0, 1, 2, 3, 4, 5], (i) => (i < 3 ? mean[i] * 255 : 1 / (std[i - 3] * 255)));
}
