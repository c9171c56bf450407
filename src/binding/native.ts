/** Loads the native addon, if it has been built. */

import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { type Isa, WASM_ISAS } from './isas.js';

export interface NativeAddon {
  /** Instruction sets that this CPU supports, best first. */
  supported(): Isa[];
  /**
   * Hash of everything that determines the bits of an instruction set's kernels: source, compiler and flags.
   */
  build(isa: Isa): string;
  /** Requests huge pages; returns the bytes to skip so that the data starts on a cache line. */
  prepareMemory(bytes: Uint8Array): number;
  /**
   * Returns the pages to the system at once; their contents are lost. Does nothing where the system has no
   * such call.
   */
  releaseMemory(bytes: Uint8Array): void;
  createPool(threads: number): unknown;
  /** Hash of the table of operations that the kernels were built from. */
  ops(): number;
  /** Floats of scratch memory per thread. @throws Error if the program contains an invalid operation */
  scratch(isa: Isa, program: Int32Array): number;
  run(
    isa: Isa,
    arena: Float32Array,
    program: Int32Array,
    scratch: number,
    scratchPerThread: number,
    pool: unknown,
  ): void;
  /** GFLOP/s of a multiply-add loop in registers on one core. */
  peak(isa: Isa): number;
  /** scores[r] = dot(row r of matrix, query); a Uint16Array holds float16 values. */
  dots(isa: Isa, matrix: Float32Array | Uint16Array, query: Float32Array, scores: Float32Array): void;
}

/** LEXEL_ADDON selects another build, for example one with sanitizers. */
const file = process.env.LEXEL_ADDON || fileURLToPath(new URL('../../build/lexel.node', import.meta.url));
let loaded: { addon?: NativeAddon; problem?: string } | undefined;

/** The addon, or the reason in one line why it is not available. */
export function loadNative(): { addon?: NativeAddon; problem?: string } {
  if (!loaded) {
    if (!existsSync(file)) {
      loaded = { problem: 'the native addon is not built (`npm run build:native` builds it)' };
    } else {
      try {
        const addon = createRequire(import.meta.url)(file) as NativeAddon;
        // Addons of earlier versions have no ops() or no releaseMemory().
        loaded =
          typeof addon.ops === 'function' && typeof addon.releaseMemory === 'function'
            ? { addon }
            : {
                problem:
                  'the native addon was built by an earlier version (rebuild it with `npm run build:native`)',
              };
      } catch (error) {
        loaded = { problem: `the native addon does not load: ${(error as Error).message}` };
      }
    }
  }
  return loaded;
}

/** Requests huge pages before the memory is first touched. Does nothing without the addon. */
export function prepareMemory(memory: Uint8Array): void {
  if (memory.length > 0) loadNative().addon?.prepareMemory(memory);
}

/**
 * The instruction set to use: the one in `LEXEL_ISA`, else the best that the CPU supports. Names of wasm
 * builds in `LEXEL_ISA` are ignored.
 * @throws Error if LEXEL_ISA has an unknown name or one that the CPU does not support
 */
export function chooseIsa(addon: NativeAddon): Isa {
  const wanted = process.env.LEXEL_ISA;
  const supported = addon.supported();
  if (!wanted || (WASM_ISAS as readonly string[]).includes(wanted)) return supported[0];
  if (!supported.includes(wanted as Isa)) {
    throw new Error(`LEXEL_ISA=${wanted}: this CPU runs ${supported.join(', ')}`);
  }
  return wanted as Isa;
}
