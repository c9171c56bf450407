/** `lexel words get`: fetches a published set of word vectors, checks it, and unpacks it. */

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
import { cannotWrite, SystemError } from '../util/system-errors.js';
import { GLOVE_DIMENSIONS } from './open.js';

interface Published {
  readonly url: string;
  /** In bytes. */
  readonly size: number;
  readonly checksum: Checksum;
  /** Folder of the data directory, and the files that the archive holds. */
  readonly folder: string;
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
  /** Where to put it. Default `$LEXEL_DATA`, else the user's cache. */
  readonly dataDir?: string;
  /** Fetch from another address, a mirror: the published size and checksum still hold. */
  readonly url?: string;
  /** Called with bytes on disk and the whole size. */
  readonly onProgress?: (done: number, total: number | undefined) => void;
  /** Another size and checksum than the published ones: for tests and for archives of one's own. */
  readonly expect?: { readonly size?: number; readonly checksum?: Checksum };
}

/**
 * Fetches word vectors into `<dataDir>/glove`; does nothing when all files are there. Each file appears whole.
 *
 * @param name `glove.6B`.
 * @returns the folder, and whether anything had to be fetched.
 * @throws UsageError for an unknown set; LexelError when the download fails (the hint says what to do instead);
 *   FormatError when the archive is broken or lacks a file.
 */
export async function getWords(
  name: string,
  options: GetWordsOptions = {},
): Promise<{ dir: string; fetched: boolean }> {
  if (!Object.hasOwn(SETS, name)) {
    throw new UsageError(`no word vectors "${name}" to get`, `There is ${Object.keys(SETS).join(', ')}.`);
  }
  const set = SETS[name];
  const parent = downloadDirectory(options.dataDir);
  const dir = join(parent, set.folder);
  const missing = set.files.filter((file) => !existsSync(join(dir, file)));
  if (missing.length === 0) return { dir, fetched: false };

  const { size, checksum } = options.expect ?? set;
  const archive = join(parent, basename(new URL(set.url).pathname));
  const hint =
    `If you have the files already, name the directory that holds ${set.folder}/ with --data-dir, or one file with ` +
    `--words; or fetch ${set.url} by other means and unpack it into ${dir}.`;
  // An archive that an interrupted run left behind, or that the user put there.
  if (existsSync(archive)) await verifyChecksum(archive, checksum ?? set.checksum, hint);
  else {
    await download(options.url ?? set.url, archive, {
      size,
      checksum,
      onProgress: options.onProgress,
      hint,
    });
  }
  makeFolder(dir);
  await unzip(archive, dir, missing, hint);
  await rm(archive, { force: true });
  return { dir, fetched: true };
}

/** Writes the wanted files of a zip archive into `dir`, by their base names: no path in the archive is followed. */
async function unzip(archive: string, dir: string, wanted: readonly string[], hint: string): Promise<void> {
  const missing = new Set(wanted);
  const { openPromise } = await import('yauzl');
  let zip: ZipFile | undefined;
  try {
    zip = await openPromise(archive);
    for await (const entry of zip.eachEntry()) {
      const file = basename(entry.fileName);
      if (!missing.delete(file)) continue;
      const part = join(dir, `${file}.part`);
      await pipeline(await zip.openReadStreamPromise(entry), createWriteStream(part)).catch((error) => {
        rmSync(part, { force: true });
        throw cannotWrite(part, error);
      });
      await rename(part, join(dir, file));
    }
  } catch (error) {
    if (error instanceof SystemError) throw error;
    throw new FormatError(archive, `cannot be unpacked (${(error as Error).message})`, hint);
  } finally {
    zip?.close();
  }
  if (missing.size > 0) throw new FormatError(archive, `does not hold ${[...missing].join(', ')}`, hint);
}
