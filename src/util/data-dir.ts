/** The directories that are searched for data sets and word vectors, and the target directory of downloads. */
import { statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { LexelError } from './errors.js';

/** The user's cache for Lexel: `$XDG_CACHE_HOME/lexel` if set, otherwise `~/.cache/lexel`. */
export function cacheDirectory(): string {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'lexel');
}

/**
 * Directories that may contain data, in search order: the user's choice (`--data-dir`), `$LEXEL_DATA`, `./data`,
 * `../shared/data`, the user's cache. The paths are absolute and unique; the directories need not exist.
 */
export function dataDirectories(explicit?: string): string[] {
  const candidates = [explicit, process.env.LEXEL_DATA, 'data', '../shared/data', cacheDirectory()];
  return [
    ...new Set(candidates.filter((dir) => dir !== undefined && dir !== '').map((dir) => resolve(dir!))),
  ];
}

/**
 * Checks the user's choice (`--data-dir`) before anything is read.
 * @throws LexelError if it is given but is not a directory
 */
export function checkDataDirectory(explicit: string | undefined): void {
  if (explicit === undefined || statSync(explicit, { throwIfNoEntry: false })?.isDirectory()) return;
  throw new LexelError(`${resolve(explicit)}: no such directory (--data-dir)`, undefined, {
    code: 'LEXEL_NOT_FOUND',
  });
}

/**
 * The target directory of downloads: the user's choice, otherwise `$LEXEL_DATA`, otherwise the cache. It need not
 * exist.
 */
export function downloadDirectory(explicit?: string): string {
  return resolve(explicit || process.env.LEXEL_DATA || cacheDirectory());
}
