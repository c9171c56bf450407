/** A machine for a plan, on the backend that the options name or are given. */

import type { Backend, Machine } from './backend.js';
import { openBackend } from './backends/index.js';
import type { EngineOptions } from './types.js';

/** @throws LexelError when the backend is not there or the memory cannot be had */
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

/** What `make` makes on a machine, which is given back where that fails. */
export async function orDispose<T>(machine: Machine, make: () => Promise<T>): Promise<T> {
  try {
    return await make();
  } catch (error) {
    await machine.dispose();
    throw error;
  }
}
