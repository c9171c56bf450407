/** Copies named arrays into and out of a plan's regions. */

import { LexelError } from '../util/errors.js';
import type { Machine } from './backend.js';
import type { Buffer } from './buffers.js';
import type { Plan, Slot } from './plan.js';
import type { StateDict } from './types.js';

/**
 * Adds every slot of `region` to `state`, under `prefix` + name: as a copy, or with `shared` as the machine
 * returns it.
 */
export async function copyOut(
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

/** The slots of a region, with a prefix for their names. */
export interface RegionSlots {
  readonly region: Buffer;
  readonly slots: readonly Slot[];
  readonly prefix?: string;
  /** The error's hint if one of the arrays is missing. */
  readonly hint?: string;
}

/** The regions of a plan's weights and running statistics. */
export const weightRegions = ({ regions, parameters, buffers }: Plan): RegionSlots[] => [
  { region: regions.weights, slots: parameters },
  { region: regions.running, slots: buffers },
];

/**
 * Copies from `state` into every slot.
 * @throws LexelError if an array is missing or has the wrong shape; then nothing is copied
 */
export async function copyIn(
  state: StateDict,
  machine: Machine,
  regions: readonly RegionSlots[],
): Promise<void> {
  const found = regions.flatMap(({ region, slots, prefix = '', hint }) =>
    slots.map((slot) => ({ offset: region.offset + slot.at, data: arrayOf(state, prefix, slot, hint) })),
  );
  for (const { offset, data } of found) await machine.write(offset, data);
}

function arrayOf(
  state: StateDict,
  prefix: string,
  { name, shape, count }: Slot,
  hint = 'the weights belong to another network',
): Float32Array {
  const entry = state.get(prefix + name);
  if (!entry) throw new LexelError(`weights: ${prefix}${name} is missing`, hint);
  if (entry.data.length !== count || entry.shape.join() !== shape.join()) {
    throw new LexelError(
      `weights: ${prefix}${name} has shape [${entry.shape}], but the network needs [${shape}]`,
      'the weights belong to another network',
    );
  }
  return entry.data;
}
