/** Named arrays into and out of a plan's regions. */

import { LexelError } from '../util/errors.js';
import type { Slot } from './plan.js';
import type { Buffer } from './program.js';
import type { StateDict } from './types.js';

/** Puts every slot of `region` into `state`, its name after `prefix`: a copy, or where `shared` a view of the arena. */
export function takeOut(
  state: StateDict,
  arena: Float32Array,
  region: Buffer,
  slots: readonly Slot[],
  { prefix = '', shared = false }: { prefix?: string; shared?: boolean } = {},
): void {
  for (const { name, shape, count, at } of slots) {
    const start = region.offset + at;
    const data = arena.subarray(start, start + count);
    state.set(prefix + name, { shape: [...shape], data: shared ? data : data.slice() });
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
