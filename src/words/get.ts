/** `lexel words get`: downloads a published set of word vectors, verifies its checksum and unpacks it. */

import { createWriteStream, existsSync, rmSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { ZipFile } from 'yauzl';
import { type Checksum, verifyChecksum } from '../util/checksum.js';
import { downloadDirectory } from '../util/data-dir.js';
import { download } from '../util/download.js';
import { FormatError, UsageError } from '../util/errors.js';
import { makeFolder } from '../util/make-folder.js';
import { knownNames } from '../util/names.js';
import { cannotWrite, SystemError } from '../util/system-errors.js';
import { GLOVE_DIMENSIONS } from './open.js';

interface Published {
  readonly url: string;
  /** In bytes. */
  readonly size: number;
  readonly checksum: Checksum;
  /** Folder in the data directory. */
  readonly folder: string;
  /** Files in the archive. */
  readonly files: readonly string[];
}

/** As published by Stanford NLP (Pennington, Socher & Manning 2014). */
const SETS: Readonly<Record<string, Published>> = {
  'glove.6B': {
    url: 'https://nlp.stanford.edu/data/glove.6B.zip',
    size: 862_182_613,
    checksum: {
      algorithm: 'sha256',
      hex: '617afb2fe6cbd085c235baf7a465b96f4112bd7f7ccb2b2cbd649fed9cbcf2fb',
    },
    folder: 'glove',
    files: GLOVE_DIMENSIONS.map((d) => `glove.6B.${d}d.txt`),
  },
};

export interface GetWordsOptions {
  /** Target data directory. Default: `$LEXEL_DATA` if set, otherwise the user's cache. */
  readonly dataDir?: string;
  /** Address of a mirror to download from; the published size and checksum still apply. */
  readonly url?: string;
  /** Called with the number of bytes on disk and the total size. */
  readonly onProgress?: (done: number, total: number | undefined) => void;
  /** Aborts the download and the unpacking. A part of a download is kept, and the next call resumes. */
  readonly signal?: AbortSignal;
  /** Overrides the published size and checksum, for tests and custom archives. */
  readonly expect?: { readonly size?: number; readonly checksum?: Checksum };
}

/**
 * Downloads word vectors to `<dataDir>/glove`. Does nothing if all files exist. Each file is created atomically.
 *
 * @param name `glove.6B`.
 * @returns the folder, and whether anything was downloaded.
 * @throws UsageError for an unknown set; LexelError if the download fails (the hint gives an alternative);
 *   FormatError if the archive is broken or a file is missing from it; the reason of `signal` if it is aborted.
 */
export async function getWords(
  name: string,
  options: GetWordsOptions = {},
): Promise<{ dir: string; fetched: boolean }> {
  if (!Object.hasOwn(SETS, name)) {
    throw new UsageError(
      `unknown word vectors "${name}"`,
      knownNames(name, Object.keys(SETS), 'sets to download'),
    );
  }
  const set = SETS[name];
  const parent = downloadDirectory(options.dataDir);
  const dir = join(parent, set.folder);
  const missing = set.files.filter((file) => !existsSync(join(dir, file)));
  if (missing.length === 0) return { dir, fetched: false };

  const { size, checksum } = options.expect ?? set;
  const archive = join(parent, basename(new URL(set.url).pathname));
  const hint =
    `If you already have the files, pass the directory that contains ${set.folder}/ with --data-dir, or a single file with ` +
    `--words. Or download ${set.url} by other means and unpack it into ${dir}.`;
  // The archive may be left over from an interrupted run, or the user may have put it there.
  if (existsSync(archive)) await verifyChecksum(archive, checksum ?? set.checksum, hint);
  else {
    await download(options.url ?? set.url, archive, {
      size,
      checksum,
      onProgress: options.onProgress,
      signal: options.signal,
      hint,
    });
  }
  makeFolder(dir);
  await unzip(archive, dir, missing, hint, options.signal);
  await rm(archive, { force: true });
  return { dir, fetched: true };
}

/** Writes the wanted files of a zip archive to `dir` under their base names; folders in the archive are ignored. */
async function unzip(
  archive: string,
  dir: string,
  wanted: readonly string[],
  hint: string,
  signal?: AbortSignal,
): Promise<void> {
  const missing = new Set(wanted);
  const { openPromise } = await import('yauzl');
  let zip: ZipFile | undefined;
  try {
    zip = await openPromise(archive);
    for await (const entry of zip.eachEntry()) {
      const file = basename(entry.fileName);
      if (!missing.delete(file)) continue;
      const part = join(dir, `${file}.part`);
      const source = await zip.openReadStreamPromise(entry);
      await pipeline(source, createWriteStream(part), { signal }).catch((error) => {
        rmSync(part, { force: true });
        signal?.throwIfAborted();
        throw cannotWrite(part, error);
      });
      await rename(part, join(dir, file));
    }
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof SystemError) throw error;
    throw new FormatError(archive, `cannot be unpacked (${(error as Error).message})`, hint);
  } finally {
    zip?.close();
  }
  if (missing.size > 0) throw new FormatError(archive, `does not contain ${[...missing].join(', ')}`, hint);
}
