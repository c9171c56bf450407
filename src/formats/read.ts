/** Reading files that others name, with an error that a user can act on. */
import { closeSync, readFileSync } from 'node:fs';
import { FormatError } from '../util/errors.js';
import { isLink, NotRegularError, openRegular } from '../util/regular-file.js';
import { systemProblem } from '../util/system-errors.js';

const WAY_OUT = 'Name a file. What comes through a pipe has to be saved to one first.';

/**
 * Opens a file; a pipe is not waited for.
 * @returns a descriptor, which the caller closes
 * @throws FormatError naming the file when it is missing, may not be read, or is a folder, a pipe, a socket or a device
 */
export function openFile(file: string): number {
  try {
    return openRegular(file);
  } catch (error) {
    const hint = error instanceof NotRegularError ? WAY_OUT : undefined;
    throw new FormatError(file, problemOf(file, error), hint);
  }
}

/** The bytes of a whole file; throws as {@link openFile} does. */
export function readBytes(file: string): Buffer {
  const fd = openFile(file);
  try {
    return readFileSync(fd);
  } catch (error) {
    throw new FormatError(file, problemOf(file, error));
  } finally {
    closeSync(fd);
  }
}

function problemOf(file: string, error: unknown): string {
  if (error instanceof NotRegularError) return error.message;
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT') return isLink(file) ? 'is a link to nothing' : 'no such file';
  return systemProblem(error) ?? `cannot be read (${message.split(',')[0]})`;
}
