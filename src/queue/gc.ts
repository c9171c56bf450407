/** Clears a store of what no result needs. */
import { StoredExperiment } from './stored-experiment.js';
import { KEPT_CHECKPOINTS, MOST_CRASHES } from './stored-fold.js';
import { removeStaleTemporaries } from './stores/files-under.js';
import { FolderStore } from './stores/folder-store.js';
import { fromKeyPart } from './stores/keys.js';
import type { ObjectStore } from './stores/object-store.js';
import { openStore } from './stores/open-store.js';

export interface Garbage {
  readonly claims: number;
  readonly checkpoints: number;
  readonly files: number;
}

/** Opens a store, collects its garbage, and deletes temporary files that killed writers left in a folder. */
export async function clearStore(where: string): Promise<Garbage & { readonly temporaries: number }> {
  const store = await openStore(where);
  const garbage = await collectGarbage(store);
  const left = store instanceof FolderStore ? await removeStaleTemporaries(where) : [];
  return { ...garbage, temporaries: left.length };
}

/**
 * Deletes claims, checkpoints and files of finished folds, except the files of the result; of unfinished ones,
 * the claims and checkpoints that later ones have replaced. Folds in training are not disturbed.
 */
export async function collectGarbage(store: ObjectStore): Promise<Garbage> {
  const garbage = { claims: 0, checkpoints: 0, files: 0 };
  for (const stored of await StoredExperiment.all(store)) {
    const committed = await stored.committed();
    for (const below of ['claims', 'checkpoints', 'files'] as const) {
      const keys = await store.list(stored.key(`${below}/`));
      const byFold = new Map<string, string[]>();
      for (const key of keys) {
        const part = key.split('/')[2];
        byFold.set(part, [...(byFold.get(part) ?? []), key]);
      }
      for (const [part, own] of byFold) {
        const id = fromKeyPart(part);
        if (id === null) continue; // not of Lexel
        const useless = committed.has(id)
          ? await ofFinished(stored, id, below, own)
          : ofUnfinished(below, own);
        for (const key of useless) await store.delete(key);
        garbage[below] += useless.length;
      }
    }
  }
  return garbage;
}

async function ofFinished(
  stored: StoredExperiment,
  id: string,
  below: 'claims' | 'checkpoints' | 'files',
  keys: readonly string[],
): Promise<string[]> {
  if (below !== 'files') return [...keys];
  const result = await stored.fold(id).result();
  return result ? keys.filter((key) => Number(key.split('/')[3]) !== result.token) : [];
}

/** Keys sort by token, and checkpoints by epoch first. A checkpoint has two objects. */
function ofUnfinished(below: 'claims' | 'checkpoints' | 'files', keys: readonly string[]): string[] {
  const sorted = [...keys].sort();
  if (below === 'claims') return sorted.slice(0, -MOST_CRASHES);
  // A process whose claim is out of date may still be about to commit its files.
  return below === 'checkpoints' ? sorted.slice(0, -2 * KEPT_CHECKPOINTS) : [];
}
