/**
 * Atomic writes: a reader sees either the old content or the new one, never a partial file, even if the writing
 * process is killed. The bytes go to a temporary file in the same folder, which is then renamed over the target.
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
  /** Path in the same folder under which the previous content is kept. */
  readonly previous?: string;
}

/**
 * Writes `chunks` one after the other to `file`, atomically. Creates the folder if it is missing. A symbolic link is
 * kept: its target is written, and created if it is missing. A device or a pipe, such as /dev/stdout, is written to
 * directly. With `previous` there are two renames after the new content is on disk. A process that is killed between
 * them leaves no `file`, but a complete `previous`.
 * @throws SystemError naming the file if the disk is full or the file may not be written
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

/** A longer chain of links counts as circular, as on Linux. */
const MAX_LINKS = 40;

/** Resolves links to the file to write, which may not exist yet; null for a device, a pipe or a socket. */
function targetOf(file: string): string | null {
  try {
    const found = statSync(file);
    if (found.isFile() || found.isDirectory()) return realpathSync(file);
    return null;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  let at = file;
  // A dangling link: its target is written. ".." in the target is relative to the real folder of the link.
  for (let links = 0; links < MAX_LINKS && isLink(at); links++) {
    const to = readlinkSync(at);
    at = isAbsolute(to) ? to : `${realpathSync(dirname(at))}/${to}`;
  }
  return at;
}

/**
 * Writes a file and flushes its content to disk. If the write fails, the partial file is removed.
 * @param flag `wx`: the file must not exist yet
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
    // Devices and pipes cannot be flushed to disk.
    if (fstatSync(fd).isFile()) fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
