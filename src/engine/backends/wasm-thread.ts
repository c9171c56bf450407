/** One thread of the wasm backend. It runs tiles of operations until its pool is stopped. */

import { parentPort, workerData } from 'node:worker_threads';
import type { WasmThread } from './wasm-threads.js';

const { module, memory, pool, stack, thread } = workerData as WasmThread;
const { exports } = new WebAssembly.Instance(module, { env: { memory } });
(exports.__stack_pointer as WebAssembly.Global).value = stack;
parentPort!.postMessage('ready');
(exports.work as (pool: number, thread: number) => void)(pool, thread);
