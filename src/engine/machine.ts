/** Allocates a machine for a plan. */

import type { Machine } from './backend.js';
import type { OpenEngine } from './types.js';

/** @throws LexelError if the memory cannot be allocated */
export async function machineFor(
  { backend, threads = 1 }: Pick<OpenEngine, 'backend' | 'threads'>,
  floats: number,
  programs: readonly Int32Array[],
): Promise<Machine> {
  return backend.allocate({ floats, programs, threads });
}

/** Runs `make`, and disposes of the machine if it fails. */
export async function disposeOnError<T>(machine: Machine, make: () => Promise<T>): Promise<T> {
  try {
    return await make();
  } catch (error) {
    await machine.dispose();
    throw error;
  }
}
