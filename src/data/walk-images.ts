/**
 * Walks folders of images, for all commands. Each entry is an image, is passed over for a reason, or cannot be read.
 * Unreadable entries do not stop the walk.
 */
import type { Stats } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { FormatError } from '../util/errors.js';
import { type FilePath, filePath, shownPath, within } from '../util/file-path.js';
import { readProblem } from '../util/system-errors.js';
import { isImageFile } from './image-formats.js';
import type { PassedOverReason } from './passed-over.js';

/** An image file, identified by its extension. */
export interface FoundImage {
  readonly kind: 'image';
  readonly path: FilePath;
  /** The path for display. */
  readonly shown: string;
  /** In bytes. */
  readonly size: number;
  readonly mtimeMs: number;
}

/** An entry that is hidden or not an image; this is not an error. */
export interface PassedEntry {
  readonly kind: 'passed over';
  readonly shown: string;
  readonly reason: PassedOverReason;
}

/** A folder, or an entry with an image extension, that cannot be read. */
export interface FailedEntry {
  readonly kind: 'failed';
  readonly shown: string;
  readonly error: FormatError;
}

export type WalkEntry = FoundImage | PassedEntry | FailedEntry;

/** A subfolder. */
export interface FoundFolder {
  readonly kind: 'folder';
  readonly path: FilePath;
  readonly shown: string;
}

/**
 * Iterates over the entries of `dir` and its subfolders, folder by folder, with names in code-point order. Links are
 * followed, but no folder is entered twice. A dead link fails if it has an image extension; otherwise it is passed over.
 *
 * @param closed folders that are not entered, by {@link folderKey}
 * @param entered folders that earlier walks have entered; those of this walk are added
 * @throws FormatError if `dir` itself cannot be read.
 */
export async function* walkImages(
  dir: FilePath,
  closed: Pick<ReadonlySet<string>, 'has'> = new Set(),
  entered = new Set<string>(),
): AsyncGenerator<WalkEntry> {
  entered.add(await folderKey(dir));
  yield* walk(dir, closed, entered);
}

async function* walk(
  dir: FilePath,
  closed: Pick<ReadonlySet<string>, 'has'>,
  entered: Set<string>,
): AsyncGenerator<WalkEntry> {
  for await (const entry of listFolder(dir)) {
    if (entry.kind !== 'folder') {
      yield entry;
      continue;
    }
    const { path, shown } = entry;
    try {
      const inner = await folderKey(path);
      if (entered.has(inner) || closed.has(inner)) {
        yield { kind: 'passed over', shown, reason: 'repeated' };
        continue;
      }
      entered.add(inner);
      yield* walk(path, closed, entered);
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      yield { kind: 'failed', shown, error };
    }
  }
}

/** Identifies a folder, whichever links lead to it. @throws FormatError if it does not exist */
export async function folderKey(dir: FilePath): Promise<string> {
  try {
    return (await realpath(dir, 'buffer')).toString('latin1');
  } catch (error) {
    throw await unreadableFolder(dir, error);
  }
}

/** Number of entries that are checked in parallel. */
const AT_ONCE = 64;

/**
 * The entries of one folder, with names in code-point order.
 * @throws FormatError if it cannot be read.
 */
export async function* listFolder(dir: FilePath): AsyncGenerator<WalkEntry | FoundFolder> {
  const names = await readdir(dir, 'buffer').catch(async (error) => {
    throw await unreadableFolder(dir, error);
  });
  const entries = names
    .map(filePath)
    .map((name) => ({ name, called: shownPath(name) }))
    .sort((a, b) => (a.called < b.called ? -1 : a.called > b.called ? 1 : 0));
  for (let from = 0; from < entries.length; from += AT_ONCE) {
    const some = entries.slice(from, from + AT_ONCE);
    yield* await Promise.all(
      some.map(({ name, called }, i) => {
        const alike = [entries[from + i - 1], entries[from + i + 1]].some(
          (other) => other?.called === called,
        );
        return look(within(dir, name), called, alike && typeof name !== 'string');
      }),
    );
  }
}

/** Classifies one entry. @param ambiguous whether another entry has the same display name */
async function look(path: FilePath, called: string, ambiguous: boolean): Promise<WalkEntry | FoundFolder> {
  const shown = shownPath(path);
  const passed = (reason: PassedOverReason) => ({ kind: 'passed over', shown, reason }) as const;
  const failed = (problem: string, hint?: string) =>
    ({ kind: 'failed', shown, error: new FormatError(shown, problem, hint) }) as const;
  if (called.startsWith('.')) return passed('hidden');
  let found: Stats;
  try {
    found = await stat(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const dead = code === 'ENOENT' || code === 'ELOOP';
    return dead && !isImageFile(called) ? passed('deadLink') : failed(await readProblem(path, error, 'file'));
  }
  if (!found.isDirectory() && !found.isFile()) return passed('notFile');
  if (found.isFile() && !isImageFile(called)) return passed('notImage');
  if (ambiguous) {
    return failed(
      'its name is not valid UTF-8, and its escaped form is the name of another entry',
      'Rename one of them.',
    );
  }
  if (found.isDirectory()) return { kind: 'folder', path, shown };
  return { kind: 'image', path, shown, size: found.size, mtimeMs: found.mtimeMs };
}

async function unreadableFolder(dir: FilePath, error: unknown): Promise<FormatError> {
  return new FormatError(shownPath(dir), await readProblem(dir, error, 'folder'));
}
