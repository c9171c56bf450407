/** Opening what has to be a regular file. A pipe under its name would be waited for, maybe for ever. */
import { closeSync, constants, lstatSync, openSync, readFileSync, type Stats, statSync } from 'node:fs';

/** What a path leads to that is no regular file. */
export class NotRegularError extends Error {
  constructor(found: Stats) {
    super(`is a ${found.isDirectory() ? 'folder' : kindOf(found)}, not a file`);
  }
}

/** What is neither a file nor a folder, in a word. */
export function kindOf(found: Stats): string {
  return found.isFIFO() ? 'pipe' : found.isSocket() ? 'socket' : 'device';
}

/**
 * Opens a regular file for reading. Never waits.
 * @returns a descriptor, which the caller closes
 * @throws NotRegularError for anything else; the system's error
 */
export function openRegular(file: string): number {
  // Looked at before it is opened: that alone would let whoever waits to write into a pipe go on.
  const found = statSync(file);
  if (!found.isFile()) throw new NotRegularError(found);
  // What is a pipe since then is not waited for either. Windows has no such flag.
  return openSync(file, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
}

/** Reads a regular file whole; throws as {@link openRegular} does. */
export function readRegular(file: string): Buffer {
  const fd = openRegular(file);
  try {
    return readFileSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** Whether a path is a link itself, wherever it leads. */
export function isLink(file: string): boolean {
  try {
    return lstatSync(file).isSymbolicLink();
  } catch {
    return false; // nothing is there, or it may not be looked at
  }
}
