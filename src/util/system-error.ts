/** What the operating system's error codes mean to whoever named the file. */
import { lstat } from 'node:fs/promises';
import type { FilePath } from './file-path.js';

const PROBLEMS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file or folder',
  EACCES: 'you may not read or write there',
  EPERM: 'you may not read or write there',
  EROFS: 'this disk is read-only',
  ENOSPC: 'the disk is full',
  ENOTDIR: 'a part of this path is a file, not a folder',
  EISDIR: 'is a folder, not a file',
  ELOOP: 'is a link that leads back to itself',
  ENAMETOOLONG: 'its name or path is too long',
  EIO: 'the disk reports an error',
  EMFILE: 'too many files are open',
  ENFILE: 'too many files are open',
  ESTALE: 'the network drive has lost it',
};

/** The code in plain words; undefined for one that is not in the table. */
export function systemProblem(error: unknown): string | undefined {
  const { code } = error as NodeJS.ErrnoException;
  return code !== undefined && Object.hasOwn(PROBLEMS, code) ? PROBLEMS[code] : undefined;
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
