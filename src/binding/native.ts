/** The native addon, where it has been built. */

import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { type Isa, WASM_ISAS } from './isas.js';

export interface NativeAddon {
  /** Instruction sets that this CPU has, best first. */
  supported(): Isa[];
  /** Hash of what decides the bits of an instruction set's kernels: their source, the compiler and its flags. */
  build(isa: Isa): string;
  /** Asks for huge pages; returns the bytes to skip so that the data starts on a cache line. */
  prepareMemory(bytes: Uint8Array): number;
  /** Gives the pages back to the system at once; what was there is lost. Nothing where the system has no way to. */
  releaseMemory(bytes: Uint8Array): void;
  createPool(threads: number): unknown;
  /** Changes with the table of operations that the kernels were built with. */
  ops(): number;
  /** Floats of scratch memory that each thread needs. @throws Error when the program holds what is no operation */
  scratch(isa: Isa, program: Int32Array): number;
  run(
    isa: Isa,
    arena: Float32Array,
    program: Int32Array,
    scratch: number,
    scratchPerThread: number,
    pool: unknown,
  ): void;
  /** GFLOP/s of a register-only multiply-add loop on one core. */
  peak(isa: Isa): number;
  /** scores[r] = dot(row r of matrix, query); a Uint16Array holds halves. */
  dots(isa: Isa, matrix: Float32Array | Uint16Array, query: Float32Array, scores: Float32Array): void;
}

/** LEXEL_ADDON names another build of it, such as one with sanitizers. */
const file = process.env.LEXEL_ADDON || fileURLToPath(new URL('../../build/lexel.node', import.meta.url));
let loaded: { addon?: NativeAddon; problem?: string } | undefined;

/** The addon, or in one line why there is none. */
export function loadNative(): { addon?: NativeAddon; problem?: string } {
  if (!loaded) {
    if (!existsSync(file)) {
      loaded = { problem: 'the native addon is not built (`npm run build:native` builds it)' };
    } else {
      try {
        const addon = createRequire(import.meta.url)(file) as NativeAddon;
        // Addons that earlier versions built have no ops(), or no releaseMemory().
        loaded =
          typeof addon.ops === 'function' && typeof addon.releaseMemory === 'function'
            ? { addon }
            : {
                problem: 'the native addon is of an earlier version (`npm run build:native` builds it anew)',
              };
      } catch (error) {
        loaded = { problem: `the native addon does not load: ${(error as Error).message}` };
      }
    }
  }
  return loaded;
}

/** Asks for huge pages before memory is first touched, where the addon is there to ask. */
export function prepareMemory(memory: Uint8Array): void {
  if (memory.length > 0) loadNative().addon?.prepareMemory(memory);
}

/**
 * The instruction set to use: the best one that the CPU has, or the one that `LEXEL_ISA` names. A name of a wasm build is
 * no word about the addon.
 * @throws Error when LEXEL_ISA names one that is unknown or that the CPU lacks
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
