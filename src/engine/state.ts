/** Named arrays into and out of a plan's regions. */

import { LexelError } from '../util/errors.js';
import type { Machine } from './backend.js';
import type { Buffer } from './buffers.js';
import type { Slot } from './plan.js';
import type { StateDict } from './types.js';

/** Puts every slot of `region` into `state`, its name after `prefix`: a copy, or where `shared` what the machine gives. */
export async function takeOut(
  state: StateDict,
  machine: Machine,
  region: Buffer,
  slots: readonly Slot[],
  { prefix = '', shared = false }: { prefix?: string; shared?: boolean } = {},
): Promise<void> {
  for (const { name, shape, count, at } of slots) {
    const data = await machine.read(region.offset + at, count);
    state.set(prefix + name, { shape: [...shape], data: shared ? data : data.slice() });
  }
}

/**
 * Copies from `state` into every slot of `region`.
 * @throws LexelError when an array is missing or has another shape; nothing has been copied then
 */
export async function copyIn(
  state: StateDict,
  machine: Machine,
  region: Buffer,
  slots: readonly Slot[],
  prefix = '',
): Promise<void> {
  const found = slots.map(({ name, shape, count }) => {
    const entry = state.get(prefix + name);
    if (!entry)
      throw new LexelError(`weights: ${prefix}${name} is missing`, 'they belong to another network');
    if (entry.data.length !== count || entry.shape.join() !== shape.join()) {
      throw new LexelError(
        `weights: ${prefix}${name} has shape [${entry.shape}], the network needs [${shape}]`,
        'they belong to another network',
      );
    }
    return entry.data;
  });
  for (const [i, { at }] of slots.entries()) await machine.write(region.offset + at, found[i]);
}
