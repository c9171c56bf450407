/** Named arrays into and out of a plan's regions. */

import { LexelError } from '../util/errors.js';
import type { Machine } from './backend.js';
import type { Buffer } from './buffers.js';
import type { Plan, Slot } from './plan.js';
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

/** Slots of a region, under names that begin with `prefix`. */
export interface Places {
  readonly region: Buffer;
  readonly slots: readonly Slot[];
  readonly prefix?: string;
  /** The way out where one of them is missing. */
  readonly hint?: string;
}

/** Where a plan's weights and running statistics lie. */
export const placesOfWeights = ({ regions, parameters, buffers }: Plan): Places[] => [
  { region: regions.weights, slots: parameters },
  { region: regions.running, slots: buffers },
];

/**
 * Copies from `state` into every slot.
 * @throws LexelError when an array is missing or has another shape; nothing has been copied then
 */
export async function copyIn(state: StateDict, machine: Machine, places: readonly Places[]): Promise<void> {
  const found = places.flatMap(({ region, slots, prefix = '', hint }) =>
    slots.map((slot) => ({ offset: region.offset + slot.at, data: arrayOf(state, prefix, slot, hint) })),
  );
  for (const { offset, data } of found) await machine.write(offset, data);
}

function arrayOf(
  state: StateDict,
  prefix: string,
  { name, shape, count }: Slot,
  hint = 'they belong to another network',
): Float32Array {
  const entry = state.get(prefix + name);
  if (!entry) throw new LexelError(`weights: ${prefix}${name} is missing`, hint);
  if (entry.data.length !== count || entry.shape.join() !== shape.join()) {
    throw new LexelError(
      `weights: ${prefix}${name} has shape [${entry.shape}], the network needs [${shape}]`,
      'they belong to another network',
    );
  }
  return entry.data;
}
