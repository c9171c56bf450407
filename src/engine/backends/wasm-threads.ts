/** The threads of the wasm backend: workers that run the module over the main thread's memory. */

import { Worker } from 'node:worker_threads';
import { WORKER_OPTIONS } from '../../util/worker.js';
import { STACK_BYTES, type WasmPool } from './wasm.js';

/** A worker's start-up data. */
export interface WasmThread {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  /** Byte offsets in the memory: the pool, and the end of this thread's stack, which grows downwards. */
  readonly pool: number;
  readonly stack: number;
  /** Thread index, from 1. */
  readonly thread: number;
}

/**
 * Starts the threads of a pool. Resolves when all of them are ready to wait for work.
 * @returns a function that ends the threads
 * @throws Error if a thread cannot be started
 */
export async function joinPool({ module, instance, pool, stacks, threads }: WasmPool): Promise<() => void> {
  instance.openPool(pool, threads);
  const { memory } = instance;
  const started = Array.from({ length: threads - 1 }, (_, i) => {
    const thread: WasmThread = { module, memory, pool, stack: stacks + (i + 1) * STACK_BYTES, thread: i + 1 };
    return new Worker(workerFile(), { workerData: thread, ...WORKER_OPTIONS });
  });
  const close = () => instance.stopPool(pool);
  try {
    await Promise.all(started.map(ready));
  } catch (error) {
    close(); // ends the threads that did start
    throw error;
  }
  // The workers wait inside the module as long as the machine exists; unref() lets the process exit anyway.
  for (const worker of started) worker.unref();
  return close;
}

/** @throws Error if a worker fails or ends before it is ready */
function ready(worker: Worker): Promise<void> {
  return new Promise((resolve, reject) => {
    worker.once('message', () => resolve());
    worker.once('error', reject);
    worker.once('exit', (code) => reject(new Error(`a thread of the wasm backend ended with code ${code}`)));
  });
}

function workerFile(): URL {
  return import.meta.url.endsWith('.ts')
    ? new URL('../../../dist/engine/backends/wasm-thread.js', import.meta.url)
    : new URL('./wasm-thread.js', import.meta.url);
}
