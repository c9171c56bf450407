/** `lexel data get`: fetches a published data set, checks it, and unpacks the files that its reader wants. */

import { createReadStream, createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { downloadDirectory } from '../util/data-dir.js';
import { download } from '../util/download.js';
import { FormatError, LexelError } from '../util/errors.js';
import { makeFolder } from '../util/make-folder.js';
import { cannotWrite, SystemError } from '../util/system-errors.js';
import { type Archive, isPublished, PUBLISHED, PUBLISHED_NAMES, type PublishedSet } from './published.js';

export interface GetOptions {
  /** Where to put it. Default `$LEXEL_DATA`, else the user's cache. */
  readonly dataDir?: string;
  /** Fetch from another address, a mirror: the published size and checksum still hold. */
  readonly url?: string;
  /** Called with bytes on disk and the whole size. */
  readonly onProgress?: (done: number, total: number | undefined) => void;
  /** Another size and checksum than the published ones: for tests and for archives of one's own. */
  readonly expect?: Partial<Pick<Archive, 'size' | 'checksum'>>;
}

/**
 * Fetches a data set into `<dataDir>/<its folder>`; does nothing when it is already there and whole. The folder
 * appears only when everything in it has been written.
 *
 * @returns the folder, and whether anything had to be fetched
 * @throws LexelError when the name is unknown or the download fails (the hint says what to do instead).
 */
export async function getDataset(
  name: string,
  options: GetOptions = {},
): Promise<{ dir: string; fetched: boolean }> {
  if (!isPublished(name)) {
    throw new LexelError(`no data set "${name}" to get`, `There are ${PUBLISHED_NAMES.join(' and ')}.`);
  }
  const set = PUBLISHED[name];
  const { folder, files, archive } = set;
  const parent = downloadDirectory(options.dataDir);
  const dir = join(parent, folder);
  if (isWhole(set, dir)) return { dir, fetched: false };

  const { size, checksum } = options.expect ?? archive;
  const url = options.url ?? archive.url;
  const file = join(parent, basename(new URL(archive.url).pathname));
  const hint =
    `If you have the files already, name the directory that holds ${folder}/ with --data-dir; ` +
    `or fetch ${archive.url} by other means and unpack it into ${parent}.`;
  await download(url, file, { size, checksum, onProgress: options.onProgress, hint });
  const fresh = `${dir}.unpacking-${process.pid}`;
  try {
    makeFolder(fresh);
    await unpack(file, fresh, files, hint);
    await rm(dir, { recursive: true, force: true });
    await rename(fresh, dir);
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
  await rm(file, { force: true });
  return { dir, fetched: true };
}

function isWhole(set: PublishedSet, dir: string): boolean {
  try {
    set.read(dir);
    return true;
  } catch (error) {
    if (error instanceof FormatError) return false;
    throw error;
  }
}

/** Writes the wanted files of a .tar.gz into `dir`, by their base names: no path in the archive is ever followed. */
async function unpack(archive: string, dir: string, wanted: readonly string[], hint: string): Promise<void> {
  const missing = new Set(wanted);
  const { extract } = await import('tar-stream');
  const entries = extract();
  const feeding = pipeline(createReadStream(archive), createGunzip(), entries);
  const reading = (async () => {
    for await (const entry of entries) {
      const file = basename(entry.header.name);
      if (entry.header.type === 'file' && missing.delete(file)) {
        const path = join(dir, file);
        await pipeline(entry as unknown as Readable, createWriteStream(path)).catch((error) => {
          throw cannotWrite(path, error);
        });
      } else {
        entry.resume();
      }
    }
  })();
  const reasons = (await Promise.allSettled([feeding, reading])).flatMap((result) =>
    result.status === 'rejected' ? [result.reason as Error] : [],
  );
  // Where a file cannot be written, the reading breaks off too: the first is why.
  const disk = reasons.find((error) => error instanceof SystemError);
  if (disk) throw disk;
  if (reasons.length > 0) throw new FormatError(archive, `cannot be unpacked (${reasons[0].message})`, hint);
  if (missing.size > 0) throw new FormatError(archive, `does not hold ${[...missing].join(', ')}`, hint);
}
