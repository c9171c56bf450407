/**
 * What runs plans. Trainer and predictor know a backend by this interface alone: it may keep its memory in another process, in
 * a browser's worker or on a device, so nothing here is a pointer, and everything may be a promise.
 */

import type { BackendName } from './backend-names.js';

type Awaitable<T> = T | Promise<T>;

export interface EngineInfo<Name extends string = BackendName> {
  readonly backend: Name;
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

export interface Backend<Name extends string = string> {
  readonly info: EngineInfo<Name>;
  /**
   * Memory for a plan, all zero, with its programs.
   * @throws LexelError when there is not as much memory, or there are not as many threads
   */
  allocate(allocation: Allocation): Awaitable<Machine>;
  /** Operations a second of a loop of multiply-adds in registers, on one thread: the ceiling of a roofline. */
  peak(): Awaitable<number>;
}

export interface Allocation {
  /** Size of the arena. What its threads need beside it is the backend's own affair. */
  readonly floats: number;
  /** Programs over the arena, which {@link Machine.run} knows by their places. */
  readonly programs: readonly Int32Array[];
  /** Threads inside one run. */
  readonly threads: number;
}

/** A plan's memory with its programs. One call at a time: each is awaited before the next. */
export interface Machine {
  /** Puts `data` at `offset` floats from the start of the arena: floats, integers of 4 bytes, or bytes. */
  write(offset: number, data: Float32Array | Int32Array | Uint8Array): Awaitable<void>;
  /**
   * What stands at `offset`. The array is good until the next write or run, and must not be written: a backend on the host
   * may hand out a part of the arena itself.
   */
  read(offset: number, floats: number): Awaitable<Float32Array>;
  run(program: number): Awaitable<void>;
  /** Gives the memory back; no other call may follow. */
  dispose(): Awaitable<void>;
}
