/** A WebAssembly build as a backend. Programs, arena, scratch memory and thread pool share one memory. */

import { instantiateWasm, type WasmInstance, type WasmKernels } from '../../binding/wasm.js';
import { LexelError } from '../../util/errors.js';
import type { Allocation, Backend } from '../backend.js';
import { opsId } from '../ops-id.js';
import { HostMachine, tooLarge } from './host.js';

/** Stack size of each thread but the first, which uses the module's own stack. */
export const STACK_BYTES = 65536;

/** The memory of a pool of threads. */
export interface WasmPool {
  readonly module: WebAssembly.Module;
  readonly instance: WasmInstance;
  /** Byte offset of the pool. */
  readonly pool: number;
  /** Byte offset of the stacks: `threads` - 1 times {@link STACK_BYTES}. */
  readonly stacks: number;
  readonly threads: number;
}

/** Starts the threads of a pool. @returns a function that ends them */
export type JoinPool = (pool: WasmPool) => Promise<() => void>;

/**
 * Opens a build, or says in one line why it cannot be used.
 * @param joinPool absent if this runtime starts no threads
 */
export function openKernels(
  kernels: WasmKernels,
  cpu: string,
  joinPool?: JoinPool,
): Backend<'wasm'> | { readonly problem: string } {
  if (!isCurrent(kernels)) {
    return {
      problem:
        'the wasm binary was built from another table of operations (rebuild it with `npm run build:wasm`)',
    };
  }
  const { isa, build } = kernels;
  return {
    info: { backend: 'wasm', isa, build, cpu },
    allocate: (allocation) => allocate(kernels, allocation, joinPool),
    peak: () => peak(kernels),
  };
}

const current = new WeakMap<WasmKernels, boolean>();
/** Whether the binary was built from this table of operations. */
function isCurrent(kernels: WasmKernels): boolean {
  // Binaries of earlier versions have no ops().
  const known = current.get(kernels) ?? instantiateWasm(kernels, 0).ops?.() === opsId();
  current.set(kernels, known);
  return known;
}

const LIMIT = 2 ** 32 - 2 ** 20;

async function allocate(
  kernels: WasmKernels,
  { floats, programs, threads }: Allocation,
  joinPool: JoinPool | undefined,
): Promise<HostMachine> {
  if (threads > 1 && !joinPool)
    throw new LexelError(`${threads} threads: the wasm backend has one thread here`);
  const words = programs.reduce((sum, program) => sum + program.length, 0);
  const instance = instantiateWasm(kernels, words * 4, threads > 1);
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
  const module = kernels.module(threads > 1);
  const close = threads > 1 ? await joinPool?.({ module, instance, pool, stacks, threads }) : undefined;
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

function peak(kernels: WasmKernels): number {
  const wasm = instantiateWasm(kernels, 0);
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
