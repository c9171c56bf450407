/** What the operating system says of a file, in plain words. */

const PROBLEMS: Readonly<Record<string, string>> = {
  EACCES: 'may not be read (no permission)',
  EPERM: 'may not be read (no permission)',
  ELOOP: 'is a link that leads back to itself',
  ENAMETOOLONG: 'its name is too long',
  ENOTDIR: 'a part of its path is no folder',
  EIO: 'cannot be read: the disk reports an error',
  EMFILE: 'cannot be read: too many files are open',
  ENFILE: 'cannot be read: too many files are open',
  ESTALE: 'cannot be read: the network drive has lost it',
  EBUSY: 'is in use by another program',
};

/** Why a file or folder could not be read: "may not be read (no permission)". ENOENT is the caller's to word. */
export function systemProblem(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return PROBLEMS[code ?? ''] ?? `cannot be read (${code ?? message})`;
}
