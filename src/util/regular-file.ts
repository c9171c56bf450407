/** Opens files that must be regular. Opening a pipe instead could block for ever. */
import { closeSync, constants, lstatSync, openSync, readFileSync, type Stats, statSync } from 'node:fs';

/** The path is not a regular file. */
export class NotRegularError extends Error {
  constructor(found: Stats) {
    super(`is a ${found.isDirectory() ? 'folder' : kindOf(found)}, not a file`);
  }
}

/** The kind of an entry that is neither a file nor a folder. */
export function kindOf(found: Stats): string {
  return found.isFIFO() ? 'pipe' : found.isSocket() ? 'socket' : 'device';
}

/**
 * Opens a regular file for reading, without blocking.
 * @returns a file descriptor, which the caller must close
 * @throws NotRegularError if it is not a regular file; errors of the system
 */
export function openRegular(file: string): number {
  // Check before opening, because opening a pipe would already unblock a waiting writer.
  const found = statSync(file);
  if (!found.isFile()) throw new NotRegularError(found);
  // O_NONBLOCK, in case the file was replaced by a pipe after the check. Windows has no such flag.
  return openSync(file, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
}

/** Reads a whole regular file. @throws the errors of {@link openRegular} */
export function readRegular(file: string): Buffer {
  const fd = openRegular(file);
  try {
    return readFileSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** Whether a path is a symbolic link, whatever its target. */
export function isLink(file: string): boolean {
  try {
    return lstatSync(file).isSymbolicLink();
  } catch {
    return false; // nothing exists there, or access is denied
  }
}
