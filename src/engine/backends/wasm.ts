/** The WebAssembly builds as a backend. Programs, arena, scratch memory and thread pool share one memory. */

import type { WasmIsa } from '../../binding/isas.js';
import { chooseWasmIsa, instantiateWasm, wasmBuild } from '../../binding/wasm.js';
import type { Allocation, Backend } from '../backend.js';
import { opsId } from '../ops-id.js';
import { HostMachine, tooLarge } from './host.js';
import { joinPool, STACK_BYTES } from './wasm-threads.js';

/**
 * Opens a build, or returns in one line why none is available.
 * @throws Error if the runtime lacks the instruction set in LEXEL_ISA
 */
export function openWasm(cpu: string): Backend<'wasm'> | { readonly problem: string } {
  const isa = chooseWasmIsa();
  if (!isCurrent(isa)) {
    return {
      problem:
        'the wasm binary was built from another table of operations (rebuild it with `npm run build:wasm`)',
    };
  }
  return {
    info: { backend: 'wasm', isa, build: wasmBuild(isa), cpu },
    allocate: (allocation) => allocate(isa, allocation),
    peak: () => peak(isa),
  };
}

const current = new Map<WasmIsa, boolean>();
/** Whether the binary was built from this table of operations. */
function isCurrent(isa: WasmIsa): boolean {
  let known = current.get(isa);
  if (known === undefined) {
    // Binaries of earlier versions have no ops().
    known = instantiateWasm(0, isa).ops?.() === opsId();
    current.set(isa, known);
  }
  return known;
}

const LIMIT = 2 ** 32 - 2 ** 20;

async function allocate(isa: WasmIsa, { floats, programs, threads }: Allocation): Promise<HostMachine> {
  const words = programs.reduce((sum, program) => sum + program.length, 0);
  const instance = instantiateWasm(words * 4, isa, threads > 1);
  const starts: number[] = [];
  let at = instance.heapBase;
  for (const program of programs) {
    new Int32Array(instance.memory.buffer, at, program.length).set(program);
    starts.push(at);
    at += program.length * 4;
  }
  const needs = programs.map((program, p) => {
    const need = instance.scratch(starts[p], program.length);
    if (need === MORE_THAN_AN_INTEGER) throw tooLarge(2 ** 33, 'scratch memory');
    if (need < 0) throw noOperation(-need - 1);
    return need;
  });
  const scratch = Math.ceil(Math.max(0, ...needs) / 16) * 16;
  const pool = Math.ceil(at / 64) * 64;
  const stacks = pool + (threads > 1 ? Math.ceil(instance.poolBytes(threads) / 64) * 64 : 0);
  const base = stacks + (threads - 1) * STACK_BYTES;
  const end = base + (floats + scratch * threads) * 4;
  if (end > LIMIT) throw tooLarge(end, 'a wasm memory');
  try {
    instance.growTo(end);
  } catch (error) {
    throw tooLarge(end, 'memory', error);
  }
  const arena = new Float32Array(instance.memory.buffer, base, floats + scratch * threads);
  const close = threads > 1 ? await joinPool({ instance, pool, stacks, threads }) : undefined;
  return new HostMachine(
    arena,
    (_, program) => {
      const words = programs[program].length;
      const code = instance.run(
        base,
        starts[program],
        words,
        base + floats * 4,
        scratch,
        threads > 1 ? pool : 0,
      );
      if (code) throw noOperation(code - 1);
    },
    close,
  );
}

/** Returned by WasmInstance.scratch() if the size does not fit into an integer. */
const MORE_THAN_AN_INTEGER = -(2 ** 31);

const noOperation = (word: number) =>
  new Error(`no operation at word ${word} of the program, or with other arguments`);

function peak(isa: WasmIsa): number {
  const wasm = instantiateWasm(0, isa);
  const repeats = 200_000;
  let best = Number.POSITIVE_INFINITY;
  // The runtime has not optimised the code yet during the first calls.
  for (let i = 0; i < 100; i++) {
    const start = performance.now();
    wasm.peak(repeats);
    best = Math.min(best, performance.now() - start);
  }
  return (repeats * wasm.peakOps() * 1000) / best;
}
