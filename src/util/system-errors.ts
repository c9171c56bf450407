/** The system's error codes in words. */

import { LexelError } from './errors.js';

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
  EISDIR: 'it is a folder, not a file',
};

/** The meaning of an error that a system call has thrown; undefined where it is another error, or has no words here. */
export function systemProblem(error: unknown): string | undefined {
  const { code } = error as NodeJS.ErrnoException;
  return code !== undefined && Object.hasOwn(SYSTEM_ERRORS, code) ? SYSTEM_ERRORS[code] : undefined;
}
