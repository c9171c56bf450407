/** The system's error codes in words. */

import { lstat } from 'node:fs/promises';
import { LexelError } from './errors.js';
import type { FilePath } from './file-path.js';

/** What the system refuses, such as writing to a full disk, about a file that the message names. */
export class SystemError extends LexelError {
  override name = 'SystemError';
}

/** What each code means to whoever named the file. */
const SYSTEM_ERRORS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file or folder',
  EACCES: 'you may not read or write there',
  EPERM: 'you may not read or write there',
  EROFS: 'this disk is read-only',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk is full: your quota is used up',
  EFBIG: 'the file would grow larger than this system allows',
  ENOTDIR: 'a part of this path is a file, not a folder',
  EEXIST: 'something of that name is there already',
  EISDIR: 'it is a folder, not a file',
  ELOOP: 'it is a link that leads back to itself',
  ENAMETOOLONG: 'its name or path is too long',
  ENXIO: 'nothing stands behind it that could be opened',
  EIO: 'the disk reports an error',
  EMFILE: 'too many files are open',
  ENFILE: 'too many files are open',
  ESTALE: 'the network drive has lost it',
};

/** The meaning of an error that a system call has thrown; undefined where it is another error, or has no words here. */
export function systemProblem(error: unknown): string | undefined {
  const { code } = error as NodeJS.ErrnoException;
  return code !== undefined && Object.hasOwn(SYSTEM_ERRORS, code) ? SYSTEM_ERRORS[code] : undefined;
}

/** The error for a file that could not be written: the system's own names a temporary file, or none. */
export function cannotWrite(file: string, error: unknown): unknown {
  // Its folder is there or has been made: such a place has no files of users, as /proc.
  const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
  const problem = missing ? 'the system allows no file there' : systemProblem(error);
  if (problem === undefined) return error;
  return new SystemError(`${file} cannot be written: ${problem}`, undefined, { cause: error });
}

/** Why a path could not be read: "is a link to nothing", "you may not read or write there". */
export async function readProblem(path: FilePath, error: unknown, what: 'file' | 'folder'): Promise<string> {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT') {
    const link = await lstat(path).catch(() => undefined);
    return link?.isSymbolicLink() ? 'is a link to nothing' : `no such ${what}`;
  }
  if (code === 'ENOTDIR' && what === 'folder') return 'is not a folder';
  return systemProblem(error) ?? `cannot be read (${message.split(',')[0]})`;
}
