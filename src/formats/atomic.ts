/**
 * Writing a file so that a reader (or a killed process) sees the old content or the new one, never half of it:
 * the bytes go to a temporary neighbour, which is then renamed over the target.
 */
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, renameSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { SystemError, systemProblem } from '../util/system-errors.js';
import { removed, temporaryName } from './temporary.js';

export interface AtomicOptions {
  /** A name beside it, under which what the file held before is kept. */
  readonly previous?: string;
}

/**
 * Writes `chunks` one after the other to `file`, atomically; makes the folder when it is missing. With `previous` there are two
 * renames, once the new content is on the disk: a process that is killed between them leaves no `file`, and `previous` whole.
 * @throws SystemError naming the file when the disk is full or may not be written
 */
export function writeFileAtomic(
  file: string,
  chunks: readonly (Uint8Array | string)[],
  { previous }: AtomicOptions = {},
): void {
  try {
    mkdirSync(dirname(file), { recursive: true });
    const temporary = temporaryName(file);
    writeWhole(temporary, chunks, 'w');
    try {
      if (previous !== undefined && existsSync(file)) renameSync(file, previous);
      renameSync(temporary, file);
    } catch (error) {
      removed(temporary);
      throw error;
    }
  } catch (error) {
    throw cannotWrite(file, error);
  }
}

/**
 * Writes a file and brings its content to the disk. What a failed write has left is removed.
 * @param flag `wx`: the file must not be there yet
 * @throws the system's error
 */
export function writeWhole(file: string, chunks: readonly (Uint8Array | string)[], flag: 'w' | 'wx'): void {
  const fd = openSync(file, flag);
  try {
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
  } catch (error) {
    removed(file);
    throw error;
  }
}

/** The error for a file that could not be written: the system's own names a temporary file, or none. */
export function cannotWrite(file: string, error: unknown): unknown {
  const problem = systemProblem(error);
  if (problem === undefined) return error;
  return new SystemError(`${file} cannot be written: ${problem}`, undefined, { cause: error });
}

/** The bytes of a typed array, without a copy. */
export function bytesOf(data: ArrayBufferView): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}
