/** Measures the two ceilings of the roofline: multiply-adds in registers, and memory copies. */

import type { Backend } from './backend.js';
import { ProgramBuilder } from './program.js';
import { NO_VIEW, plainView } from './values.js';

export interface Peaks {
  /** Operations per second of a multiply-add loop in registers: one core's rate times the threads. */
  readonly operations: number;
  /** Bytes per second of a streaming copy with all threads; read and written bytes both count. */
  readonly bytes: number;
}

/** Measures both; takes one or two seconds. */
export async function measurePeaks(backend: Backend, threads: number): Promise<Peaks> {
  return {
    operations: (await backend.peak()) * threads,
    bytes: await measureCopy(backend, threads),
  };
}

const COPY_FLOATS = 2 ** 24;

/** The faster of the engine's own copy and the runtime's, for 64 MiB. */
async function measureCopy(backend: Backend, threads: number): Promise<number> {
  const builder = new ProgramBuilder();
  const from = builder.persistent('from', COPY_FLOATS);
  // If source and destination are a whole number of pages apart, loads wait for stores, and the copy reaches
  // only two thirds of the speed.
  const gap = builder.persistent('gap', 16);
  const to = builder.persistent('to', COPY_FLOATS);
  builder.emit('add', 'copy', {
    images: 16,
    hw: 2 ** 10,
    channels: 2 ** 10,
    tiles: 16,
    first: plainView(from),
    second: NO_VIEW,
    output: to,
  });
  const { floats, program } = builder.finish();
  const machine = await backend.allocate({ floats, programs: [program], threads });
  const own = await bestRate(8, () => machine.run(0));
  await machine.dispose();
  const array = new Float32Array(2 * COPY_FLOATS + gap.floats);
  const plain = await bestRate(8, () => array.copyWithin(COPY_FLOATS + gap.floats, 0, COPY_FLOATS));
  return COPY_FLOATS * 4 * 2 * Math.max(own, plain);
}

/** Calls per second, for the fastest of `repeats` calls. */
async function bestRate(repeats: number, call: () => unknown): Promise<number> {
  let best = Number.POSITIVE_INFINITY;
  for (let i = 0; i < repeats; i++) {
    const start = performance.now();
    await call();
    best = Math.min(best, performance.now() - start);
  }
  return 1000 / best;
}
