/** Reading a whole file, with an error that a user can act on when there is none. */
import { readFileSync } from 'node:fs';
import { LexelError } from '../util/errors.js';

/** @throws LexelError naming the file when it is missing, a folder, or not allowed. */
export function readBytes(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    const problem =
      code === 'ENOENT'
        ? 'there is no such file'
        : code === 'EISDIR'
          ? 'is a folder, not a file'
          : (error as Error).message;
    throw new LexelError(`${file}: ${problem}`, undefined, { cause: error });
  }
}
