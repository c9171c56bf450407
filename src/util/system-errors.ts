/** Descriptions of the system's error codes. */

import { lstat } from 'node:fs/promises';
import { LexelError } from './errors.js';
import type { FilePath } from './file-path.js';

/** An operation on a file that the system refused, such as writing to a full disk. The message names the file. */
export class SystemError extends LexelError {
  override name = 'SystemError';
  constructor(message: string, hint?: string, options?: ErrorOptions) {
    super(message, hint, { ...options, code: 'LEXEL_SYSTEM' });
  }
}

/** The meaning of each code for the user who named the file. */
const SYSTEM_ERRORS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file or folder',
  EACCES: 'you may not read or write there',
  EPERM: 'you may not read or write there',
  EROFS: 'this disk is read-only',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk is full: your quota is used up',
  EFBIG: 'the file would grow larger than this system allows',
  ENOTDIR: 'a part of this path is a file, not a folder',
  EEXIST: 'a file or folder with this name exists already',
  EISDIR: 'it is a folder, not a file',
  ELOOP: 'it is a link that leads back to itself',
  ENAMETOOLONG: 'its name or path is too long',
  ENXIO: 'there is no such device, or nothing is connected to it',
  EIO: 'the disk reports an error',
  EMFILE: 'too many files are open',
  ENFILE: 'too many files are open',
  ESTALE: 'it no longer exists on the network drive',
};

/** The description of an error thrown by a system call; undefined for other errors and codes. */
export function systemProblem(error: unknown): string | undefined {
  const { code } = error as NodeJS.ErrnoException;
  return code !== undefined && Object.hasOwn(SYSTEM_ERRORS, code) ? SYSTEM_ERRORS[code] : undefined;
}

/** Codes of link(2) on file systems without hard links (exFAT, some network disks), or at their limit of links. */
const NO_LINKS = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK', 'UNKNOWN', 'EINVAL']);

/** Whether creating a hard link has failed because the file system has none. */
export const hasNoLinks = (error: unknown): boolean =>
  NO_LINKS.has((error as NodeJS.ErrnoException).code ?? '');

/** The error for a file that could not be written. (The system's message names a temporary file or no file.) */
export function cannotWrite(file: string, error: unknown): unknown {
  // ENOENT although the folder exists: a place like /proc, where users cannot create files.
  const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
  const problem = missing ? 'the system does not allow files there' : systemProblem(error);
  if (problem === undefined) return error;
  return new SystemError(`${file} cannot be written: ${problem}`, undefined, { cause: error });
}

/** The reason why a path could not be read: "is a link to nothing", "you may not read or write there". */
export async function readProblem(path: FilePath, error: unknown, what: 'file' | 'folder'): Promise<string> {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT') {
    const link = await lstat(path).catch(() => undefined);
    return link?.isSymbolicLink() ? 'is a link to nothing' : `no such ${what}`;
  }
  if (code === 'ENOTDIR' && what === 'folder') return 'is not a folder';
  return systemProblem(error) ?? `cannot be read (${message.split(',')[0]})`;
}
