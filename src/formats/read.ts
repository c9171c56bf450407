/** Reads files named by the user. Errors name the file and the way out. */
import { closeSync, readFileSync } from 'node:fs';
import { FormatError } from '../util/errors.js';
import { isLink, NotRegularError, openRegular } from '../util/regular-file.js';
import { systemProblem } from '../util/system-errors.js';

const WAY_OUT = 'Name a regular file. Save the output of a pipe to a file first.';

/**
 * Opens a file. Does not block on a pipe.
 * @returns a descriptor, which the caller must close
 * @throws FormatError naming the file if it is missing, may not be read, or is a folder, a pipe, a socket or a device
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
