/**
 * Results that were computed from a run, in the user's cache: nothing is computed twice, and nothing is written into the
 * folder of runs. The key of a run changes with its run.json and with the files of its folds.
 */

import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, rmSync, type Stats, statSync } from 'node:fs';
import { join } from 'node:path';
import { writeFileAtomic } from '../../formats/index.js';
import { cacheDirectory } from '../../util/data-dir.js';
import { VERSION } from '../../util/version.js';
import type { Glance } from './listing.js';

/** Names a run with its present folds: 32 hexadecimal digits. */
export type RunKey = string;

/**
 * Folds are written under another name and renamed, so every change of one changes the time of their folder.
 * @param dir the run directory
 */
export function runKey(dir: string, { finished }: Pick<Glance, 'finished'>): RunKey {
  const parts = [VERSION, dir, stampOf(join(dir, 'run.json')), stampOf(join(dir, 'folds')), ...finished];
  return createHash('sha256').update(parts.join('\0')).digest('hex').slice(0, 32);
}

/** Identity, size and time of a file or folder; empty if there is none. */
export function stampOf(path: string): string {
  const found = statOf(path);
  return found ? `${found.ino}:${found.size}:${found.mtimeMs}` : '';
}

export const statOf = (path: string): Stats | undefined => statSync(path, { throwIfNoEntry: false });

/** Runs whose results are kept; the results of those that were used longest ago are removed. */
const KEPT = 2000;

export class ResultCache {
  private readonly folder: string;

  constructor(folder = join(cacheDirectory(), 'studio')) {
    this.folder = folder;
  }

  /** Undefined if it is not there. */
  read(key: RunKey, name: string): Buffer<ArrayBuffer> | undefined {
    try {
      return readFileSync(join(this.folder, key, name));
    } catch {
      return undefined;
    }
  }

  /** Without effect if the cache cannot be written: the result is computed again next time. */
  write(key: RunKey, name: string, content: string | Uint8Array): void {
    try {
      writeFileAtomic(join(this.folder, key, name), [content]);
    } catch {
      // A full or read-only disk.
    }
  }

  /** Removes the results of the runs that were used longest ago. */
  prune(kept = KEPT): void {
    try {
      const names = readdirSync(this.folder);
      if (names.length <= kept) return;
      const used = names.map((name) => ({ name, time: statOf(join(this.folder, name))?.mtimeMs ?? 0 }));
      used.sort((a, b) => b.time - a.time);
      for (const { name } of used.slice(kept))
        rmSync(join(this.folder, name), { recursive: true, force: true });
    } catch {
      // Nothing to remove, or another process removes it.
    }
  }
}
