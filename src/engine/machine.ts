/** Allocates a machine for a plan on the backend that the options select. */

import type { Backend, Machine } from './backend.js';
import { openBackend } from './backends/index.js';
import type { EngineOptions } from './types.js';

/** @throws LexelError if the backend is not available or the memory cannot be allocated */
export async function machineFor(
  { backend, threads = 1 }: Pick<EngineOptions, 'backend' | 'threads'>,
  floats: number,
  programs: readonly Int32Array[],
): Promise<Machine> {
  return backendOf(backend).allocate({ floats, programs, threads });
}

export function backendOf(backend: EngineOptions['backend']): Backend {
  return typeof backend === 'object' ? backend : openBackend(backend);
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
