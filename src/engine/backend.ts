/**
 * The interface between plans and what runs them. A backend may keep its memory in another process, a browser
 * worker or a device, so the interface has no pointers, and every method may return a promise.
 */

import type { BackendName } from './backend-names.js';

type Awaitable<T> = T | Promise<T>;

export interface EngineInfo<Name extends string = BackendName> {
  readonly backend: Name;
  /** "avx512", "avx2" or "baseline"; "relaxed-simd" or "simd128" for wasm. */
  readonly isa: string;
  /**
   * Hash of everything that determines the kernels' bits: source, compiler and flags; for wasm the binary and
   * how the machine rounds relaxed multiply-adds. Equal ids give equal bits on the same instruction set.
   */
  readonly build: string;
  readonly cpu: string;
  /** Why `auto` did not choose the native backend. */
  readonly skippedNative?: string;
}

export interface Backend<Name extends string = string> {
  readonly info: EngineInfo<Name>;
  /**
   * Allocates zeroed memory for a plan and loads its programs.
   * @throws LexelError if there is not enough memory or there are not enough threads
   */
  allocate(allocation: Allocation): Awaitable<Machine>;
  /**
   * Operations per second of a multiply-add loop in registers, on one thread: the compute ceiling of the
   * roofline.
   */
  peak(): Awaitable<number>;
}

export interface Allocation {
  /** Size of the arena. The backend allocates its threads' scratch memory in addition. */
  readonly floats: number;
  /** Programs over the arena; {@link Machine.run} takes their index. */
  readonly programs: readonly Int32Array[];
  /** Threads inside one run. */
  readonly threads: number;
}

/** A plan's memory with its programs. Await each call before the next. */
export interface Machine {
  /** Writes `data` at `offset` floats from the start of the arena: floats, 4-byte integers, or bytes. */
  write(offset: number, data: Float32Array | Int32Array | Uint8Array): Awaitable<void>;
  /**
   * The floats at `offset`. The array is valid until the next write or run and must not be written to,
   * because a backend on the host may return a part of the arena itself.
   */
  read(offset: number, floats: number): Awaitable<Float32Array>;
  run(program: number): Awaitable<void>;
  /** Frees the memory; the machine cannot be used afterwards. */
  dispose(): Awaitable<void>;
}
