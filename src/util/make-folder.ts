/**
 * Creates folders, with clear errors. Node's recursive mkdir is not used: it loops for ever if the system reports that
 * an existing parent folder is missing, as Linux does in /proc, and it reports a read-only disk as a missing file.
 */
import { mkdirSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { isLink } from './regular-file.js';
import { SystemError, systemProblem } from './system-errors.js';

/**
 * Creates a folder and its missing parents.
 * @throws SystemError with the folder that cannot be created
 */
export function makeFolder(folder: string): void {
  const missing: string[] = [];
  let at = resolve(folder);
  while (!isFolder(at)) {
    missing.push(at);
    at = dirname(at);
  }
  for (const path of missing.reverse()) {
    try {
      mkdirSync(path);
    } catch (error) {
      // Another process may have created it in the meantime.
      if ((error as NodeJS.ErrnoException).code === 'EEXIST' && isFolder(path)) continue;
      throw cannotMake(path, error);
    }
  }
}

/** Whether a folder exists; false if there is nothing. @throws SystemError for anything that is not a folder */
function isFolder(path: string): boolean {
  try {
    if (statSync(path).isDirectory()) return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // ENOTDIR: one of the parents is a file; the caller finds it when it gets there.
    if ((code === 'ENOENT' && !isLink(path)) || code === 'ENOTDIR') return false;
    throw code === 'ENOENT' ? notMade(path, 'it is a link to nothing', error) : cannotMake(path, error);
  }
  throw notMade(path, 'it is a file');
}

function cannotMake(path: string, error: unknown): unknown {
  // ENOENT although the parent exists: a place like /proc, where users cannot create folders.
  const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
  const problem = missing ? 'the system does not allow folders there' : systemProblem(error);
  return problem === undefined ? error : notMade(path, problem, error);
}

const notMade = (path: string, problem: string, cause?: unknown) =>
  new SystemError(`${path}: cannot create this folder: ${problem}`, 'Choose another location.', { cause });
