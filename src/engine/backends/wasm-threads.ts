/** The threads of the wasm backend: workers that run the module over the memory of the thread that starts them. */

import { Worker } from 'node:worker_threads';
import { type WasmInstance, wasmModule } from '../../binding/wasm.js';
import { WORKER_OPTIONS } from '../../util/worker.js';

/** Of each thread but the first, which has the module's own. */
export const STACK_BYTES = 65536;

/** What a worker is started with. */
export interface WasmThread {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  /** Bytes from the start of the memory: the pool, and the end of this thread's stack, which grows downwards. */
  readonly pool: number;
  readonly stack: number;
  /** From 1 on. */
  readonly thread: number;
}

/**
 * Starts the threads of a pool, and resolves when all of them are about to wait for work.
 * @param stacks where the memory has room for their stacks, `threads` - 1 times {@link STACK_BYTES}
 * @returns ends them
 * @throws Error when one of them cannot be started
 */
export async function joinPool({
  instance,
  pool,
  stacks,
  threads,
}: {
  instance: WasmInstance;
  pool: number;
  stacks: number;
  threads: number;
}): Promise<() => void> {
  instance.openPool(pool, threads);
  const { isa, memory } = instance;
  const module = wasmModule(isa, true);
  const started = Array.from({ length: threads - 1 }, (_, i) => {
    const thread: WasmThread = { module, memory, pool, stack: stacks + (i + 1) * STACK_BYTES, thread: i + 1 };
    return new Worker(workerFile(), { workerData: thread, ...WORKER_OPTIONS });
  });
  const close = () => instance.stopPool(pool);
  try {
    await Promise.all(started.map(ready));
  } catch (error) {
    close(); // those that did start
    throw error;
  }
  // They wait inside the module for as long as the machine is there, which must not keep the process alive.
  for (const worker of started) worker.unref();
  return close;
}

/** @throws Error of a worker that fails, or ends, before it is ready */
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
