/**
 * Writing a file so that a reader (or a killed process) sees the old content or the new one, never half of it:
 * the bytes go to a temporary neighbour, which is then renamed over the target.
 */
import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { threadId } from 'node:worker_threads';

let counter = 0;

/** Writes `chunks` one after the other to `file`, atomically; makes the folder when it is missing. */
export function writeFileAtomic(file: string, chunks: readonly (Uint8Array | string)[]): void {
  mkdirSync(dirname(file), { recursive: true });
  // Several folds write beside each other from threads of one process: the name must differ for each.
  const temporary = `${file}.${process.pid}-${threadId}-${counter++}.tmp`;
  try {
    const fd = openSync(temporary, 'w');
    try {
      for (const chunk of chunks) {
        const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
        let done = 0;
        while (done < bytes.length) done += writeSync(fd, bytes, done);
      }
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    renameSync(temporary, file);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

/** The bytes of a typed array, without a copy. */
export function bytesOf(data: ArrayBufferView): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}
