/** Instances of the WebAssembly builds of the kernels, in any runtime. */

import { Sha256 } from '../util/sha256.js';
import type { WasmIsa } from './isas.js';

const PAGE = 65536;
/** 4 GiB, the maximum that the binaries declare. */
const MOST_PAGES = 65536;

/** A build of the kernels. */
export interface WasmKernels {
  readonly isa: WasmIsa;
  /** Hash of what determines the bits. */
  readonly build: string;
  /** The compiled binary. `shared`: for a memory that several threads share. */
  module(shared: boolean): WebAssembly.Module;
}

/**
 * Hash of what determines the bits of a build.
 * @param rounding for relaxed SIMD, how the machine rounds relaxed multiply-adds
 */
export function wasmBuild(binary: Uint8Array, rounding?: string): string {
  const hash = new Sha256().update(binary);
  if (rounding !== undefined) hash.update(rounding);
  return hash.hex().slice(0, 16);
}

export interface WasmInstance {
  readonly isa: WasmIsa;
  readonly memory: WebAssembly.Memory;
  /** First free byte, aligned to 64. */
  readonly heapBase: number;
  /**
   * Grows the memory to at least `end` bytes; earlier views of it become invalid. @throws RangeError if it
   * cannot grow
   */
  growTo(end: number): void;
  /** Hash of the table of operations that the kernels were built from. */
  ops?(): number;
  /**
   * Floats of scratch memory for a program. An invalid operation at word i gives -1 - i; a size beyond the
   * integer range gives -2^31.
   */
  scratch(program: number, words: number): number;
  /**
   * Pointers are in bytes; `pool` 0 means one thread. @returns 0, or 1 + the index of the word of an invalid
   * operation
   */
  run(
    base: number,
    program: number,
    words: number,
    scratch: number,
    scratchFloats: number,
    pool: number,
  ): number;
  /** Bytes that a pool of `threads` threads needs, all zero. `openPool` sets the number of threads. */
  poolBytes(threads: number): number;
  openPool(pool: number, threads: number): void;
  /** Ends the threads. */
  stopPool(pool: number): void;
  peak(repeats: number): number;
  peakOps(): number;
}

/**
 * A new instance with room for `bytes` beyond its own data. With `shared`, other threads can share its
 * memory.
 */
export function instantiateWasm({ isa, module }: WasmKernels, bytes: number, shared = false): WasmInstance {
  const pages = Math.ceil((bytes + 4 * PAGE) / PAGE);
  const memory = new WebAssembly.Memory({ initial: pages, maximum: MOST_PAGES, shared });
  const { exports } = new WebAssembly.Instance(module(shared), { env: { memory } });
  const heapBase = Math.ceil((exports.__heap_base as WebAssembly.Global).value / 64) * 64;
  return {
    isa,
    memory,
    heapBase,
    growTo: (end) => {
      const missing = Math.ceil((end + PAGE) / PAGE) - memory.buffer.byteLength / PAGE;
      if (missing > 0) memory.grow(missing);
    },
    ops: exports.ops as WasmInstance['ops'],
    scratch: exports.scratch as WasmInstance['scratch'],
    run: exports.run as WasmInstance['run'],
    poolBytes: exports.pool_bytes as WasmInstance['poolBytes'],
    openPool: exports.open_pool as WasmInstance['openPool'],
    stopPool: exports.stop_pool as WasmInstance['stopPool'],
    peak: exports.peak as WasmInstance['peak'],
    peakOps: exports.peak_ops as WasmInstance['peakOps'],
  };
}

/**
 * Returns the binary with its imported memory declared as shared. This changes one bit of the import section,
 * so the package need not ship more binaries.
 * See https://webassembly.github.io/threads/core/binary/types.html#binary-limits.
 */
export function withSharedMemory(binary: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const bytes = binary.slice();
  let at = 8; // after magic and version
  const number = () => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++];
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  for (;;) {
    const section = bytes[at++];
    const size = number();
    if (section === IMPORT_SECTION) break;
    at += size;
  }
  number(); // number of imports; the memory is the only one
  for (const _ of ['module', 'name']) {
    const length = number();
    at += length;
  }
  if (bytes[at++] !== KIND_MEMORY || bytes[at] !== HAS_MAXIMUM) {
    throw new Error('the first import of the wasm binary is not a bounded memory');
  }
  bytes[at] = HAS_MAXIMUM | SHARED;
  return bytes;
}

const [IMPORT_SECTION, KIND_MEMORY, HAS_MAXIMUM, SHARED] = [2, 2, 1, 2];
