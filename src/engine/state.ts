/** Named arrays into and out of a plan's regions. */

import { LexelError } from '../util/errors.js';
import type { Slot } from './plan.js';
import type { Buffer } from './program.js';
import type { StateDict } from './types.js';

/** Copies every slot of `region` into `state`, its name after `prefix`. */
export function copyOut(
  state: StateDict,
  arena: Float32Array,
  region: Buffer,
  slots: readonly Slot[],
  prefix = '',
): void {
  for (const { name, shape, count, at } of slots) {
    const start = region.offset + at;
    state.set(prefix + name, { shape: [...shape], data: arena.slice(start, start + count) });
  }
}

/**
 * Copies from `state` into every slot of `region`.
 * @throws LexelError when an array is missing or has another shape
 */
export function copyIn(
  state: StateDict,
  arena: Float32Array,
  region: Buffer,
  slots: readonly Slot[],
  prefix = '',
): void {
  for (const { name, shape, count, at } of slots) {
    const entry = state.get(prefix + name);
    if (!entry)
      throw new LexelError(`weights: ${prefix}${name} is missing`, 'they belong to another network');
    if (entry.data.length !== count || entry.shape.join() !== shape.join()) {
      throw new LexelError(
        `weights: ${prefix}${name} has shape [${entry.shape}], the network needs [${shape}]`,
        'they belong to another network',
      );
    }
    arena.set(entry.data, region.offset + at);
  }
}
