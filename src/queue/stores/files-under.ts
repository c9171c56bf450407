/** Files of a folder that other processes change at the same time. */
import { readdir, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { isTemporary } from '../../formats/temporary.js';

const DAY = 24 * 3600 * 1000;

/** Attempts to list a folder whose entries vanish while it is listed. */
const ATTEMPTS = 20;

export const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code;

/** Whether there is nothing at the path of an operation. ENOTDIR: a parent is a file. */
export const isMissing = (error: unknown): boolean => ['ENOENT', 'ENOTDIR'].includes(codeOf(error) ?? '');

export const succeeds = (work: Promise<unknown>): Promise<boolean> =>
  work.then(
    () => true,
    () => false,
  );

/**
 * The regular files in a folder and in its folders, as paths relative to it, with `/`. Links are ignored. Folders that are
 * missing, or vanish meanwhile, are empty.
 */
export async function filesUnder(folder: string): Promise<string[]> {
  const entries = await entriesOf(folder);
  const found = await Promise.all(
    entries.map(async (entry) => {
      if (entry.isFile()) return [entry.name];
      if (!entry.isDirectory()) return [];
      return (await filesUnder(join(folder, entry.name))).map((file) => `${entry.name}/${file}`);
    }),
  );
  return found.flat();
}

async function entriesOf(folder: string) {
  for (let attempt = 1; ; attempt++) {
    try {
      return await readdir(folder, { withFileTypes: true });
    } catch (error) {
      if (!isMissing(error)) throw error;
      // Where a folder does not tell the kinds of its entries, one that vanishes meanwhile looks like a missing folder.
      if (attempt === ATTEMPTS || !(await isFolder(folder))) return [];
    }
  }
}

const isFolder = async (path: string) => (await stat(path).catch(() => null))?.isDirectory() === true;

/**
 * Removes temporary files of writers that were killed: those that have not changed for a day, because it is unknown whether
 * processes of other machines are alive.
 * @param folder the folder of a FolderStore
 * @param age in milliseconds
 * @returns the removed files, relative to `folder`
 */
export async function removeStaleTemporaries(folder: string, age = DAY): Promise<string[]> {
  const removed: string[] = [];
  for (const file of (await filesUnder(folder)).filter(isTemporary).sort()) {
    const path = join(folder, file);
    const found = await stat(path).catch(() => null);
    if (found === null || Date.now() - found.mtimeMs < age) continue;
    // Another process may have removed it, and another user's file may stay.
    if (await succeeds(unlink(path))) removed.push(file);
  }
  return removed;
}
