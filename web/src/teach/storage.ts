/**
 * What Teach it keeps in this browser (IndexedDB): the plan of a training, its progress after the last epoch, the
 * visitor's classes, and taught models. A write may fail, as in a private window or on a full disk; callers say so.
 */

import type { Plan, Progress, VisitorClass } from './types.js';

interface TaughtModel {
  readonly key: string;
  readonly name: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** What a store holds. */
interface Stores {
  plan: Plan;
  progress: Progress;
  classes: VisitorClass;
  models: TaughtModel;
}
type Name = keyof Stores;

/** Where a value has its key; null where the only key is {@link CURRENT}. */
const KEY_PATHS: Readonly<Record<Name, string | null>> = {
  plan: null,
  progress: null,
  classes: 'name',
  models: 'key',
};
const CURRENT = 'current';
let opened: Promise<IDBDatabase> | undefined;

function database(): Promise<IDBDatabase> {
  if (!opened) {
    opened = new Promise((resolve, reject) => {
      const request = indexedDB.open('lexel-teach', 1);
      request.onupgradeneeded = () => {
        for (const [name, keyPath] of Object.entries(KEY_PATHS))
          request.result.createObjectStore(name, { keyPath });
      };
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
    opened.catch(() => {
      opened = undefined;
    });
  }
  return opened;
}

/** Runs requests in one transaction, and waits until it is on disk. @returns the result of the last request */
async function within<Result>(
  names: readonly Name[],
  mode: IDBTransactionMode,
  run: (store: (name: Name) => IDBObjectStore) => IDBRequest<Result>,
): Promise<Result> {
  const transaction = (await database()).transaction([...names], mode);
  const request = run((name) => transaction.objectStore(name));
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve(request.result);
    transaction.onabort = () => reject(transaction.error);
  });
}

const read = <Of extends Name>(name: Of, key: string): Promise<Stores[Of] | undefined> =>
  within([name], 'readonly', (store) => store(name).get(key));
const readAll = <Of extends Name>(name: Of): Promise<Stores[Of][]> =>
  within([name], 'readonly', (store) => store(name).getAll());
const write = <Of extends Name>(name: Of, value: Stores[Of]): Promise<unknown> =>
  within([name], 'readwrite', (store) =>
    store(name).put(value, KEY_PATHS[name] === null ? CURRENT : undefined),
  );

/** Keeps a new plan in the place of the last one and its progress. */
export const keepPlan = (plan: Plan): Promise<unknown> =>
  within(['plan', 'progress'], 'readwrite', (store) => {
    store('progress').delete(CURRENT);
    return store('plan').put(plan, CURRENT);
  });

export const keepProgress = (progress: Progress): Promise<unknown> => write('progress', progress);

/** The plan, and its progress if an epoch has finished. */
export async function keptTraining(): Promise<{ plan: Plan; progress?: Progress } | undefined> {
  const [plan, progress] = await Promise.all([read('plan', CURRENT), read('progress', CURRENT)]);
  return plan && { plan, progress: progress?.key === plan.key ? progress : undefined };
}

export const dropTraining = (): Promise<unknown> =>
  within(['plan', 'progress'], 'readwrite', (store) => {
    store('progress').delete(CURRENT);
    return store('plan').delete(CURRENT);
  });

export const keepClass = (one: VisitorClass): Promise<unknown> => write('classes', one);

export const dropClass = (name: string): Promise<unknown> =>
  within(['classes'], 'readwrite', (store) => store('classes').delete(name));

export const keptClasses = async (): Promise<VisitorClass[]> =>
  (await readAll('classes')).sort((a, b) => a.added - b.added);

export const keepModel = (model: TaughtModel): Promise<unknown> => write('models', model);

/** Newest first. */
export const taughtModels = async (): Promise<TaughtModel[]> => (await readAll('models')).reverse();

export const taughtModel = async (key: string): Promise<Uint8Array<ArrayBuffer> | undefined> =>
  (await read('models', key))?.bytes;
