/** What this machine can do at most: multiply-adds in registers, and copying. The two ceilings of a roofline. */

import type { Isa, WasmIsa } from '../binding/isas.js';
import { loadNative } from '../binding/native.js';
import { instantiateWasm } from '../binding/wasm.js';
import { createMachine, type EngineInfo } from './backend.js';
import { ProgramBuilder } from './program.js';
import { NO_VIEW } from './values.js';

export interface Peaks {
  /** Operations a second of a register-only multiply-add loop: one core's, times the threads. */
  readonly operations: number;
  /** Bytes a second of a streaming copy, read and written bytes both counted, with all threads. */
  readonly bytes: number;
}

/** Measures both, in a second or two. */
export function measurePeaks(info: EngineInfo, threads: number): Peaks {
  return { operations: measurePeak(info) * threads, bytes: measureCopy(info, threads) };
}

function measurePeak({ backend, isa }: EngineInfo): number {
  if (backend === 'native') return loadNative().addon!.peak(isa as Isa) * 1e9;
  const wasm = instantiateWasm(0, isa as WasmIsa);
  const repeats = 200_000;
  // Its first calls run code that is not optimised yet.
  return repeats * wasm.peakOps() * bestRate(100, () => wasm.peak(repeats));
}

const COPY_FLOATS = 2 ** 24;

/** The better one of the engine's own copy and the runtime's: 64 MiB from one place of an arena to another. */
function measureCopy({ backend }: EngineInfo, threads: number): number {
  const builder = new ProgramBuilder();
  const from = builder.persistent('from', COPY_FLOATS);
  // Stores a whole number of pages behind the loads would wait for each other: two thirds of the speed.
  builder.persistent('gap', 16);
  const to = builder.persistent('to', COPY_FLOATS);
  builder.emit('add', 'copy', [16, 2 ** 10, 2 ** 10, 16, from, ...NO_VIEW.slice(1), ...NO_VIEW, to]);
  const { floats, program } = builder.finish();
  const machine = createMachine(backend, floats, 0, threads, [program]);
  const { arena } = machine;
  const own = bestRate(8, () => machine.run(0));
  const plain = bestRate(8, () => arena.copyWithin(to.offset, from.offset, from.offset + COPY_FLOATS));
  return COPY_FLOATS * 4 * 2 * Math.max(own, plain);
}

/** Calls a second in the best of `repeats` calls. */
function bestRate(repeats: number, call: () => unknown): number {
  let best = Number.POSITIVE_INFINITY;
  for (let i = 0; i < repeats; i++) {
    const start = performance.now();
    call();
    best = Math.min(best, performance.now() - start);
  }
  return 1000 / best;
}
