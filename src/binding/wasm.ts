/** The WebAssembly build of the kernels, which ships with the package and runs everywhere. */

import { readFileSync } from 'node:fs';

const PAGE = 65536;
let compiled: WebAssembly.Module | undefined;

export interface WasmInstance {
  readonly memory: WebAssembly.Memory;
  /** First free byte, aligned to 64. */
  readonly heapBase: number;
  /** Pointers in bytes. @returns 0, or 1 + the index of a word that is no operation */
  run(base: number, program: number, words: number, scratch: number, scratchFloats: number): number;
  peak(repeats: number): number;
  peakOps(): number;
}

/** A fresh instance with room for `bytes` beyond its own data. */
export function instantiateWasm(bytes: number): WasmInstance {
  compiled ??= new WebAssembly.Module(readFileSync(new URL('../../assets/lexel.wasm', import.meta.url)));
  const pages = Math.ceil((bytes + 4 * PAGE) / PAGE);
  const memory = new WebAssembly.Memory({ initial: pages });
  const { exports } = new WebAssembly.Instance(compiled, { env: { memory } });
  const heapBase = Math.ceil((exports.__heap_base as WebAssembly.Global).value / 64) * 64;
  return {
    memory,
    heapBase,
    run: exports.run as WasmInstance['run'],
    peak: exports.peak as WasmInstance['peak'],
    peakOps: exports.peak_ops as WasmInstance['peakOps'],
  };
}
