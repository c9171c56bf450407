/** `lexel data get`: downloads a published data set, verifies its checksum, and unpacks the files the reader needs. */

import { createReadStream, createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { downloadDirectory } from '../util/data-dir.js';
import { download } from '../util/download.js';
import { FormatError, UsageError } from '../util/errors.js';
import { makeFolder } from '../util/make-folder.js';
import { knownNames } from '../util/names.js';
import { cannotWrite, SystemError } from '../util/system-errors.js';
import { type Archive, isPublished, PUBLISHED, PUBLISHED_NAMES, type PublishedSet } from './published.js';

export interface GetOptions {
  /** Target data directory. Default: `$LEXEL_DATA` if set, otherwise the user's cache. */
  readonly dataDir?: string;
  /** Address of a mirror to download from; the published size and checksum still apply. */
  readonly url?: string;
  /** Called with the number of bytes on disk and the total size. */
  readonly onProgress?: (done: number, total: number | undefined) => void;
  /** Aborts the download and the unpacking. A part of a download is kept, and the next call resumes. */
  readonly signal?: AbortSignal;
  /** Overrides the published size and checksum, for tests and custom archives. */
  readonly expect?: Partial<Pick<Archive, 'size' | 'checksum'>>;
}

/**
 * Downloads a data set to `<dataDir>/<its folder>`. Does nothing if it exists and is complete. The folder is created
 * only after all its files have been written.
 *
 * @returns the folder, and whether anything was downloaded
 * @throws UsageError if the name is unknown; LexelError if the download fails (the hint gives an alternative);
 *   the reason of `signal` if it is aborted.
 */
export async function getDataset(
  name: string,
  options: GetOptions = {},
): Promise<{ dir: string; fetched: boolean }> {
  if (!isPublished(name)) {
    throw new UsageError(`unknown data set "${name}"`, knownNames(name, PUBLISHED_NAMES, 'sets to download'));
  }
  const set = PUBLISHED[name];
  const { folder, files, archive } = set;
  const parent = downloadDirectory(options.dataDir);
  const dir = join(parent, folder);
  if (isWhole(set, dir)) return { dir, fetched: false };

  const { size, checksum } = options.expect ?? archive;
  const { onProgress, signal, url = archive.url } = options;
  const file = join(parent, basename(new URL(archive.url).pathname));
  const hint =
    `If you already have the files, pass the directory that contains ${folder}/ with --data-dir. ` +
    `Or download ${archive.url} by other means and unpack it into ${parent}.`;
  await download(url, file, { size, checksum, onProgress, signal, hint });
  const fresh = `${dir}.unpacking-${process.pid}`;
  try {
    makeFolder(fresh);
    await unpack(file, fresh, files, hint, signal);
    signal?.throwIfAborted();
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

/** Writes the wanted files of a .tar.gz to `dir` under their base names; folders in the archive are ignored. */
async function unpack(
  archive: string,
  dir: string,
  wanted: readonly string[],
  hint: string,
  signal?: AbortSignal,
): Promise<void> {
  const missing = new Set(wanted);
  const { extract } = await import('tar-stream');
  const entries = extract();
  const feeding = pipeline(createReadStream(archive), createGunzip(), entries, { signal });
  const reading = (async () => {
    for await (const entry of entries) {
      // tar-stream gives null for a size that it cannot read, and would wait for ever for its bytes.
      if (typeof entry.header.size !== 'number')
        throw new FormatError(archive, 'cannot be unpacked (a size in it is damaged)', hint);
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
  signal?.throwIfAborted();
  // If a file cannot be written, reading the archive fails too; report the write error, which is the cause.
  const disk = reasons.find((error) => error instanceof SystemError);
  if (disk) throw disk;
  const named = reasons.find((error) => error instanceof FormatError);
  if (named) throw named;
  if (reasons.length > 0) throw new FormatError(archive, `cannot be unpacked (${reasons[0].message})`, hint);
  if (missing.size > 0) throw new FormatError(archive, `does not contain ${[...missing].join(', ')}`, hint);
}
