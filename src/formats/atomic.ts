/**
 * Writing a file so that a reader (or a killed process) sees the old content or the new one, never half of it:
 * the bytes go to a temporary neighbour, which is then renamed over the target.
 */
import {
  closeSync,
  existsSync,
  fstatSync,
  fsyncSync,
  openSync,
  readlinkSync,
  realpathSync,
  renameSync,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname, isAbsolute } from 'node:path';
import { makeFolder } from '../util/make-folder.js';
import { isLink } from '../util/regular-file.js';
import { cannotWrite } from '../util/system-errors.js';
import { removed, temporaryName } from './temporary.js';

export interface AtomicOptions {
  /** A name beside it, under which what the file held before is kept. */
  readonly previous?: string;
}

/**
 * Writes `chunks` one after the other to `file`, atomically; makes the folder when it is missing. A link stays: what it
 * leads to is written, and made where it is missing. A device or a pipe, such as /dev/stdout, is written as it is.
 * With `previous` there are two renames, once the new content is on the disk: a process that is killed between them leaves no
 * `file`, and `previous` whole.
 * @throws SystemError naming the file when the disk is full or may not be written
 */
export function writeFileAtomic(
  file: string,
  chunks: readonly (Uint8Array | string)[],
  { previous }: AtomicOptions = {},
): void {
  try {
    makeFolder(dirname(file));
    const target = targetOf(file);
    if (target === null) {
      writeAndClose(openSync(file, 'w'), chunks);
      return;
    }
    makeFolder(dirname(target));
    const temporary = temporaryName(target);
    writeWhole(temporary, chunks, 'w');
    try {
      if (previous !== undefined && existsSync(target)) renameSync(target, previous);
      renameSync(temporary, target);
    } catch (error) {
      removed(temporary);
      throw error;
    }
  } catch (error) {
    throw cannotWrite(file, error);
  }
}

/** More links than this in a row lead in a circle, as for Linux. */
const MAX_LINKS = 40;

/** The file that a path leads to, through links, there or not; null for a device, a pipe or a socket. */
function targetOf(file: string): string | null {
  try {
    const found = statSync(file);
    if (found.isFile() || found.isDirectory()) return realpathSync(file);
    return null;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  let at = file;
  // A link to nothing: where it leads is written. ".." in it counts from the folder that the link really lies in.
  for (let links = 0; links < MAX_LINKS && isLink(at); links++) {
    const to = readlinkSync(at);
    at = isAbsolute(to) ? to : `${realpathSync(dirname(at))}/${to}`;
  }
  return at;
}

/**
 * Writes a file and brings its content to the disk. What a failed write has left is removed.
 * @param flag `wx`: the file must not be there yet
 * @throws the system's error
 */
export function writeWhole(file: string, chunks: readonly (Uint8Array | string)[], flag: 'w' | 'wx'): void {
  const fd = openSync(file, flag);
  try {
    writeAndClose(fd, chunks);
  } catch (error) {
    removed(file);
    throw error;
  }
}

function writeAndClose(fd: number, chunks: readonly (Uint8Array | string)[]): void {
  try {
    for (const chunk of chunks) {
      const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
      let done = 0;
      while (done < bytes.length) done += writeSync(fd, bytes, done);
    }
    // Devices and pipes have no disk.
    if (fstatSync(fd).isFile()) fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** The bytes of a typed array, without a copy. */
export function bytesOf(data: ArrayBufferView): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}
