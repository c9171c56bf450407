/** Loads the native addon, if it has been built. */

import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { shellWord } from '../util/shell.js';
import { type Isa, WASM_ISAS } from './isas.js';

export interface NativeAddon {
  /** Instruction sets that the addon holds and this CPU has, best first. */
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

/** The addon that was built here, and the one that ships for this system. */
const BUILT = fileURLToPath(new URL('../../build/lexel.node', import.meta.url));
const SHIPPED = fileURLToPath(
  new URL(`../../prebuilds/${process.platform}-${process.arch}/lexel.node`, import.meta.url),
);

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

const IN_PACKAGE = /[\\/]node_modules[\\/]/.test(ROOT);

/** The command that builds the addon: an npm script in a checkout, a file in an installed package. */
export const BUILD_COMMAND = IN_PACKAGE
  ? `node ${shellWord(relative(process.cwd(), join(ROOT, 'scripts', 'build-native.mjs')))}`
  : 'npm run build:native';

/** Where an addon comes from: LEXEL_ADDON, a build on this machine, or the package. */
export type AddonOrigin = 'chosen' | 'built' | 'shipped';

export interface LoadedAddon {
  readonly addon?: NativeAddon;
  /** Why there is none, in one line. */
  readonly problem?: string;
  readonly file?: string;
  readonly origin?: AddonOrigin;
}

let loaded: LoadedAddon | undefined;

/**
 * The addon, or the reason in one line why it is not available. LEXEL_ADDON selects another build, for example one with
 * sanitizers.
 */
export function loadNative(): LoadedAddon {
  loaded ??= process.env.LEXEL_ADDON
    ? load(process.env.LEXEL_ADDON, 'chosen')
    : existsSync(BUILT)
      ? load(BUILT, 'built')
      : existsSync(SHIPPED)
        ? load(SHIPPED, 'shipped')
        : {
            problem: `the native addon is not built (\`${BUILD_COMMAND}\` builds it if there is a C++ compiler)`,
          };
  return loaded;
}

function load(file: string, origin: AddonOrigin): LoadedAddon {
  const found = { file, origin };
  let addon: NativeAddon;
  try {
    addon = createRequire(import.meta.url)(file) as NativeAddon;
  } catch (error) {
    return { ...found, problem: `the native addon does not load: ${(error as Error).message}` };
  }
  // Addons of earlier versions have no ops() or no releaseMemory().
  if (typeof addon.ops !== 'function' || typeof addon.releaseMemory !== 'function')
    return {
      ...found,
      problem: `the native addon was built by an earlier version (rebuild it with \`${BUILD_COMMAND}\`)`,
    };
  if (addon.supported().length === 0)
    return { ...found, problem: 'the native addon has no instruction set of this CPU' };
  return { ...found, addon };
}

/** Requests huge pages before the memory is first touched. Does nothing without the addon. */
export function prepareMemory(memory: Uint8Array): void {
  if (memory.length > 0) loadNative().addon?.prepareMemory(memory);
}

/**
 * The instruction set to use: the one in `LEXEL_ISA`, else the best that the addon holds and the CPU has. Names of wasm
 * builds in `LEXEL_ISA` are ignored.
 * @throws Error if LEXEL_ISA has an unknown name or one that the addon or the CPU lacks
 */
export function chooseIsa(addon: NativeAddon): Isa {
  const wanted = process.env.LEXEL_ISA;
  const supported = addon.supported();
  if (!wanted || (WASM_ISAS as readonly string[]).includes(wanted)) return supported[0];
  if (!supported.includes(wanted as Isa)) {
    throw new Error(
      `LEXEL_ISA=${wanted}: the addon runs ${supported.join(', ')} here (\`${BUILD_COMMAND}${IN_PACKAGE ? '' : ' --'} --all\` builds every instruction set)`,
    );
  }
  return wanted as Isa;
}
