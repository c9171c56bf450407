/** The WebAssembly builds of the package as a backend of Node, with worker threads. */

import { wasmKernels } from '../../binding/wasm-files.js';
import type { Backend } from '../backend.js';
import { openKernels } from './wasm.js';
import { joinPool } from './wasm-threads.js';

/**
 * Opens a build, or returns in one line why none is available.
 * @throws Error if the runtime lacks the instruction set in LEXEL_ISA
 */
export const openWasm = (cpu: string): Backend<'wasm'> | { readonly problem: string } =>
  openKernels(wasmKernels(), cpu, joinPool);
