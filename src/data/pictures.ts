/** Picture files, wherever in a folder they lie. */
import { readdir, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { FormatError } from '../util/errors.js';
import { isPicture } from './image-formats.js';

const byCodePoint = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/**
 * Paths of the picture files in `dir` and in its folders, folder by folder, names in code-point order. Hidden files and
 * folders are passed over; links are followed, but into no folder twice.
 *
 * @throws FormatError when `dir` or a folder in it cannot be read.
 */
export async function* walkPictures(dir: string, seen: Set<string> = new Set()): AsyncGenerator<string> {
  let names: string[];
  try {
    const real = await realpath(dir);
    if (seen.has(real)) return;
    seen.add(real);
    names = (await readdir(dir)).sort(byCodePoint);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const problem = code === 'ENOENT' ? 'no such folder' : code === 'ENOTDIR' ? 'is not a folder' : `${code}`;
    throw new FormatError(dir, problem);
  }
  for (const name of names) {
    if (name.startsWith('.')) continue;
    const path = join(dir, name);
    const found = await stat(path).catch(() => undefined); // a link to nothing
    if (found?.isDirectory()) yield* walkPictures(path, seen);
    else if (found?.isFile() && isPicture(name)) yield path;
  }
}
