/** Where data sets and word vectors are looked for, and where downloads go. One order for everything. */
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

/** The user's cache for Lexel: `$XDG_CACHE_HOME/lexel`, else `~/.cache/lexel`. */
export function cacheDirectory(): string {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'lexel');
}

/**
 * Directories that may hold data, in the order in which they are searched: the one the user named
 * (`--data-dir`), `$LEXEL_DATA`, `./data`, `../shared/data`, the user's cache. Absolute, without repeats;
 * none of them needs to exist.
 */
export function dataDirectories(explicit?: string): string[] {
  const candidates = [explicit, process.env.LEXEL_DATA, 'data', '../shared/data', cacheDirectory()];
  return [
    ...new Set(candidates.filter((dir) => dir !== undefined && dir !== '').map((dir) => resolve(dir!))),
  ];
}

/** Where a download is put: the directory the user named, `$LEXEL_DATA`, else the cache. Need not exist. */
export function downloadDirectory(explicit?: string): string {
  return resolve(explicit || process.env.LEXEL_DATA || cacheDirectory());
}
