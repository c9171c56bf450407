/** Where a plan runs: an arena of memory and something that executes programs on it. */

import { cpus } from 'node:os';
import { WASM_ISAS, type WasmIsa } from '../binding/isas.js';
import { chooseIsa, loadNative } from '../binding/native.js';
import { chooseWasmIsa, instantiateWasm, wasmBuild } from '../binding/wasm.js';
import { LexelError, UsageError } from '../util/errors.js';
import type { BackendName } from './types.js';

/** Memory with programs to run on it. */
export interface Machine {
  readonly arena: Float32Array;
  /** Runs one of the programs given at creation. */
  run(program: number): void;
}

export interface EngineInfo {
  readonly backend: BackendName;
  /** "avx512", "avx2", "baseline"; "relaxed-simd" or "simd128" for wasm. */
  readonly isa: string;
  /**
   * Hash of what decides the bits of the kernels in use: of their source, the compiler and its flags; for wasm of the
   * binary and of how the machine rounds relaxed multiply-adds. Equal ids give equal bits on the same instruction set.
   */
  readonly build: string;
  readonly cpu: string;
  /** Why `auto` did not take the native backend. */
  readonly skippedNative?: string;
}

/**
 * The backend that a choice means here. LEXEL_ISA forces an instruction set, and with it, for `auto`, the backend.
 * @throws LexelError when `native` is asked for and not there, or LEXEL_ISA names what the CPU or the runtime lacks
 */
export function resolveBackend(choice: BackendName | 'auto' = 'auto'): EngineInfo {
  const cpu = cpus()[0]?.model.trim() || 'unknown CPU';
  const wasm = (): EngineInfo => {
    const isa = choose(chooseWasmIsa);
    return { backend: 'wasm', isa, build: wasmBuild(isa), cpu };
  };
  const forced = (WASM_ISAS as readonly (string | undefined)[]).includes(process.env.LEXEL_ISA);
  if (choice === 'wasm' || (choice === 'auto' && forced)) return wasm();
  if (forced) {
    throw new LexelError(
      `LEXEL_ISA=${process.env.LEXEL_ISA}: that is a build of the wasm backend`,
      'unset LEXEL_ISA',
    );
  }
  const { addon, problem } = loadNative();
  if (!addon) {
    if (choice === 'native') throw new LexelError(`--backend native: ${problem}`, 'use --backend wasm');
    return { ...wasm(), skippedNative: problem };
  }
  const isa = choose(() => chooseIsa(addon));
  return { backend: 'native', isa, build: addon.build(isa), cpu };
}

function choose<T>(isa: () => T): T {
  try {
    return isa();
  } catch (error) {
    throw new LexelError((error as Error).message, 'unset LEXEL_ISA');
  }
}

/**
 * An arena of `floats`, then `scratch` floats for each thread, with its programs.
 * @throws LexelError when the backend is not there or the memory cannot be had
 */
export function createMachine(
  choice: BackendName | 'auto' | undefined,
  floats: number,
  scratch: number,
  threads: number,
  programs: readonly Int32Array[],
): Machine {
  const { backend, isa } = resolveBackend(choice);
  const total = floats + scratch * threads;
  if (backend === 'wasm') {
    if (threads > 1) throw new UsageError('--threads: the wasm backend runs one thread inside a step');
    return wasmMachine(isa as WasmIsa, total, floats, scratch, programs);
  }
  const addon = loadNative().addon!;
  let memory: ArrayBuffer;
  try {
    memory = new ArrayBuffer(total * 4 + 64);
  } catch (error) {
    throw new LexelError(
      `a plan of ${mebibytes(total)} MiB does not fit in memory`,
      'use a smaller --batch',
      {
        cause: error,
      },
    );
  }
  const arena = new Float32Array(memory, addon.prepareMemory(new Uint8Array(memory)), total);
  const pool = threads > 1 ? addon.createPool(threads) : null;
  return {
    arena,
    run: (program) => addon.run(isa as 'avx512', arena, programs[program], floats, scratch, pool),
  };
}

function wasmMachine(
  isa: WasmIsa,
  total: number,
  floats: number,
  scratch: number,
  programs: readonly Int32Array[],
): Machine {
  const words = programs.reduce((sum, p) => sum + p.length, 0);
  const bytes = (total + words) * 4;
  if (bytes > 2 ** 32 - 2 ** 20) {
    throw new LexelError(
      `a plan of ${mebibytes(total)} MiB does not fit in a wasm memory`,
      'use a smaller --batch',
    );
  }
  const instance = instantiateWasm(bytes, isa);
  const base = instance.heapBase;
  const { buffer } = instance.memory;
  const arena = new Float32Array(buffer, base, total);
  const starts: number[] = [];
  let at = base + total * 4;
  for (const program of programs) {
    new Int32Array(buffer, at, program.length).set(program);
    starts.push(at);
    at += program.length * 4;
  }
  return {
    arena,
    run: (program) => {
      const code = instance.run(base, starts[program], programs[program].length, base + floats * 4, scratch);
      if (code) throw new Error(`unknown operation at word ${code - 1}`);
    },
  };
}

const mebibytes = (floats: number) => Math.ceil((floats * 4) / 2 ** 20);
