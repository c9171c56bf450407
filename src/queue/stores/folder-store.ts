/**
 * A store in a folder that machines share, such as a network drive. An object is a file. Its content is first written to
 * a temporary file beside it, which then gets its name: with link(2), which fails if the name exists, or with rename(2),
 * which replaces. Both are atomic, also on network drives.
 *
 * On NFS, a process may see a new object late if its machine has looked for it before. Mount the drive with
 * `lookupcache=positive` to avoid that. `create` is decided by the server, so it is safe with any option.
 */
import { randomBytes } from 'node:crypto';
import { link, mkdir, open, readFile, rename, rmdir, stat, unlink } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { uniqueName } from '../../formats/temporary.js';
import { hasNoLinks, systemProblem } from '../../util/system-errors.js';
import { visible } from '../../util/visible.js';
import { codeOf, filesUnder, isMissing, succeeds } from './files-under.js';
import { checkKey, checkPrefix, isKey } from './keys.js';
import type { ObjectStore } from './object-store.js';
import { StoreError } from './store-error.js';

/** Errors after which the same call may succeed: resources that others free, and network drives that come back. */
const TEMPORARY = new Set([
  ...[
    'ENOSPC',
    'EDQUOT',
    'EMFILE',
    'ENFILE',
    'ENOMEM',
    'ENOLCK',
    'EBUSY',
    'EAGAIN',
    'EINTR',
    'EIO',
    'EREMOTEIO',
  ],
  ...[
    'ESTALE',
    'ETIMEDOUT',
    'EHOSTDOWN',
    'EHOSTUNREACH',
    'ENETUNREACH',
    'ENOTCONN',
    'ECONNRESET',
    'ECONNREFUSED',
  ],
]);

/** Attempts to use a folder or a file that other processes remove or replace at the same time. */
const ATTEMPTS = 20;

export class FolderStore implements ObjectStore {
  readonly name: string;
  private readonly root: string;

  /** @param root an existing folder */
  constructor(root: string) {
    this.root = resolve(root);
    this.name = visible(this.root);
  }

  async get(key: string): Promise<Uint8Array | null> {
    const file = this.fileOf(key);
    return this.reporting(`${key} cannot be read`, async () => {
      for (let attempt = 1; ; attempt++) {
        try {
          return await readFile(file);
        } catch (error) {
          // On NFS, a file that was replaced while it was read.
          if (codeOf(error) === 'ESTALE' && attempt < ATTEMPTS) continue;
          if (!isMissing(error) && codeOf(error) !== 'EISDIR') throw error;
          await this.check();
          return null;
        }
      }
    });
  }

  async create(key: string, content: Uint8Array): Promise<boolean> {
    const file = this.fileOf(key);
    return this.reporting(`${key} cannot be written`, async () => {
      if (await isThere(file)) return false;
      const temporary = await this.writeBeside(file, content);
      let created: boolean;
      try {
        created = await linkOnce(temporary, file);
      } catch (error) {
        throw hasNoLinks(error) ? this.withoutLinks(error) : error;
      } finally {
        await unlink(temporary).catch(() => {});
      }
      if (created) await syncFolder(dirname(file));
      return created;
    });
  }

  async put(key: string, content: Uint8Array): Promise<void> {
    const file = this.fileOf(key);
    return this.reporting(`${key} cannot be written`, async () => {
      const temporary = await this.writeBeside(file, content);
      try {
        await rename(temporary, file);
      } catch (error) {
        await unlink(temporary).catch(() => {});
        throw error;
      }
      await syncFolder(dirname(file));
    });
  }

  async list(prefix: string): Promise<string[]> {
    checkPrefix(prefix);
    return this.reporting(`${prefix || 'the folder'} cannot be listed`, async () => {
      const files = await filesUnder(join(this.root, prefix));
      if (files.length === 0) await this.check();
      return files
        .map((file) => `${prefix}${file}`)
        .filter(isKey)
        .sort();
    });
  }

  /** Deletes an object, and folders that are empty without it. */
  async delete(key: string): Promise<void> {
    const file = this.fileOf(key);
    return this.reporting(`${key} cannot be deleted`, async () => {
      try {
        await unlink(file);
      } catch (error) {
        if (isMissing(error)) return this.check();
        if ((await stat(file).catch(() => null))?.isDirectory()) return;
        throw error;
      }
      let folder = dirname(file);
      while (folder !== this.root && (await succeeds(rmdir(folder)))) folder = dirname(folder);
    });
  }

  private fileOf(key: string): string {
    checkKey(key);
    return join(this.root, key);
  }

  /** Writes a temporary file in the folder of `file`, which is made if it is missing, and flushes it to disk. */
  private async writeBeside(file: string, content: Uint8Array): Promise<string> {
    const folder = dirname(file);
    for (let attempt = 1; ; attempt++) {
      // Random, because machines with the same name and the same process ids may share the folder.
      const temporary = uniqueName(join(folder, randomBytes(8).toString('hex')));
      try {
        await writeNew(temporary, content);
        return temporary;
      } catch (error) {
        if (codeOf(error) !== 'ENOENT' || attempt === ATTEMPTS) throw error;
      }
      await this.makeFolders(folder);
    }
  }

  /** Creates a folder below the root, which has to exist: a drive that is not mounted is not replaced by a folder. */
  private async makeFolders(folder: string): Promise<void> {
    if (folder === this.root) return this.check();
    await this.makeFolders(dirname(folder));
    await mkdir(folder).catch((error: unknown) => {
      // ENOENT: another process has just removed the parent, because it was empty.
      if (!['EEXIST', 'ENOENT'].includes(codeOf(error) ?? '')) throw error;
    });
  }

  /** @throws StoreError if the store's own folder is missing, because then nothing can be said about its objects */
  async check(): Promise<void> {
    const found = await stat(this.root).catch((error: unknown) => {
      if (!isMissing(error)) throw error;
    });
    if (found?.isDirectory()) return;
    throw new StoreError(this.name, found ? 'it is a file, not a folder' : 'there is no such folder', {
      hint: found ? undefined : 'Is its drive mounted on this machine?',
      temporary: !found,
    });
  }

  private withoutLinks(cause: unknown): StoreError {
    return new StoreError(
      this.name,
      'this file system has no hard links, so two machines could take the same work without noticing',
      { hint: 'Choose a folder on another file system (NFS, ext4, XFS, APFS, NTFS), or an S3 store.', cause },
    );
  }

  /** Converts errors of the system. */
  private async reporting<T>(what: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      const code = codeOf(error);
      if (error instanceof StoreError || code === undefined) throw error;
      throw new StoreError(this.name, `${what}: ${systemProblem(error) ?? `the system reports ${code}`}`, {
        temporary: TEMPORARY.has(code),
        cause: error,
      });
    }
  }
}

/** Whether there is a file. @throws the system's error for a folder */
async function isThere(file: string): Promise<boolean> {
  const found = await stat(file).catch((error: unknown) => {
    if (!isMissing(error)) throw error;
  });
  if (found?.isDirectory()) throw Object.assign(new Error(`${file} is a folder`), { code: 'EISDIR' });
  return found !== undefined;
}

/** Writes a file that does not exist yet, and removes what is there of it after a failure. */
async function writeNew(file: string, content: Uint8Array): Promise<void> {
  const handle = await open(file, 'wx');
  try {
    try {
      await handle.writeFile(content);
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (error) {
    await unlink(file).catch(() => {});
    throw error;
  }
}

/**
 * Gives a temporary file its name. @returns false if the name exists
 * @throws the system's error
 */
async function linkOnce(temporary: string, file: string): Promise<boolean> {
  try {
    await link(temporary, file);
    return true;
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
    // NFS may lose the answer and find the name there when it asks again; then the file has two names (see open(2)).
    return (await stat(temporary)).nlink === 2;
  }
}

/** Flushes names in a folder to disk, where the system can do that. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => null);
  await handle?.sync().catch(() => {});
  await handle?.close();
}
