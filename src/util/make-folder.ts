/**
 * Makes folders, and says clearly where that is not possible. Node's recursive mkdir goes round for ever where the system
 * reports that a folder's parent is missing though it is there, as Linux does in /proc, and calls a read-only disk a missing file.
 */
import { mkdirSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { isLink } from './regular-file.js';
import { SystemError, systemProblem } from './system-errors.js';

/**
 * Makes a folder and those that it lies in, where they are missing.
 * @throws SystemError naming the folder that cannot be made
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
      // Another process may have been quicker.
      if ((error as NodeJS.ErrnoException).code === 'EEXIST' && isFolder(path)) continue;
      throw cannotMake(path, error);
    }
  }
}

/** Whether a folder is there; false where nothing is. @throws SystemError for anything else */
function isFolder(path: string): boolean {
  try {
    if (statSync(path).isDirectory()) return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // ENOTDIR: further up lies a file, which is found on the way.
    if ((code === 'ENOENT' && !isLink(path)) || code === 'ENOTDIR') return false;
    throw code === 'ENOENT' ? notMade(path, 'it is a link to nothing', error) : cannotMake(path, error);
  }
  throw notMade(path, 'it is a file');
}

function cannotMake(path: string, error: unknown): unknown {
  // Its parent is there: such a place has no folders of users, as /proc.
  const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
  const problem = missing ? 'the system allows none there' : systemProblem(error);
  return problem === undefined ? error : notMade(path, problem, error);
}

const notMade = (path: string, problem: string, cause?: unknown) =>
  new SystemError(`${path}: this folder cannot be made: ${problem}`, 'Name another place.', { cause });
