/** A machine whose arena is in this process's memory. */

import { LexelError } from '../../util/errors.js';
import type { Machine } from '../backend.js';

interface Views {
  readonly floats: Float32Array;
  readonly words: Int32Array;
  readonly bytes: Uint8Array;
}

export class HostMachine implements Machine {
  private views: Views | null;

  /**
   * @param start runs a program over `arena`
   * @param release frees the arena's memory before garbage collection does, if the backend can
   */
  constructor(
    arena: Float32Array,
    private start: (arena: Float32Array, program: number) => void,
    private release: () => void = () => {},
  ) {
    const { buffer, byteOffset, length } = arena;
    this.views = {
      floats: arena,
      words: new Int32Array(buffer, byteOffset, length),
      bytes: new Uint8Array(buffer, byteOffset, length * 4),
    };
  }

  write(offset: number, data: Float32Array | Int32Array | Uint8Array): void {
    const { floats, words, bytes } = this.memory();
    if (data instanceof Float32Array) floats.set(data, offset);
    else if (data instanceof Int32Array) words.set(data, offset);
    else bytes.set(data, offset * 4);
  }

  read(offset: number, floats: number): Float32Array {
    return this.memory().floats.subarray(offset, offset + floats);
  }

  run(program: number): void {
    this.start(this.memory().floats, program);
  }

  dispose(): void {
    this.views = null;
    this.release();
    // These keep the memory, the thread pool or the wasm instance alive.
    this.release = this.start = () => {};
  }

  private memory(): Views {
    if (!this.views) throw new LexelError('this trainer or predictor has been disposed');
    return this.views;
  }
}

export const mebibytes = (bytes: number) => Math.ceil(bytes / 2 ** 20);

/** The error for an arena that cannot be allocated. */
export function tooLarge(bytes: number, where: string, cause?: unknown): LexelError {
  const message = `a plan of ${mebibytes(bytes)} MiB does not fit in ${where}`;
  return new LexelError(message, 'use a smaller --batch', { cause, code: 'LEXEL_MEMORY' });
}
