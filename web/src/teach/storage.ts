/**
 * What Teach it keeps in this browser (IndexedDB): the plan of a training, its progress after the last epoch, the
 * visitor's classes, and taught models. A write may fail, as in a private window or on a full disk; callers say so.
 */

import { type DBSchema, type IDBPDatabase, openDB } from 'idb';
import type { Plan, Progress, VisitorClass } from './types.js';

interface TaughtModel {
  readonly key: string;
  readonly name: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

interface Schema extends DBSchema {
  plan: { key: 'current'; value: Plan };
  progress: { key: 'current'; value: Progress };
  classes: { key: string; value: VisitorClass };
  models: { key: string; value: TaughtModel };
}

const CURRENT = 'current';
let opened: Promise<IDBPDatabase<Schema>> | undefined;

function database(): Promise<IDBPDatabase<Schema>> {
  if (!opened) {
    opened = openDB<Schema>('lexel-teach', 1, {
      upgrade(db) {
        db.createObjectStore('plan');
        db.createObjectStore('progress');
        db.createObjectStore('classes', { keyPath: 'name' });
        db.createObjectStore('models', { keyPath: 'key' });
      },
    });
    opened.catch(() => {
      opened = undefined;
    });
  }
  return opened;
}

/** Keeps a new plan in the place of the last one and its progress. */
export async function keepPlan(plan: Plan): Promise<void> {
  const transaction = (await database()).transaction(['plan', 'progress'], 'readwrite');
  await Promise.all([
    transaction.objectStore('plan').put(plan, CURRENT),
    transaction.objectStore('progress').delete(CURRENT),
    transaction.done,
  ]);
}

export async function keepProgress(progress: Progress): Promise<void> {
  await (await database()).put('progress', progress, CURRENT);
}

/** The plan, and its progress if an epoch has finished. */
export async function keptTraining(): Promise<{ plan: Plan; progress?: Progress } | undefined> {
  const db = await database();
  const [plan, progress] = await Promise.all([db.get('plan', CURRENT), db.get('progress', CURRENT)]);
  return plan && { plan, progress: progress?.key === plan.key ? progress : undefined };
}

export async function dropTraining(): Promise<void> {
  const transaction = (await database()).transaction(['plan', 'progress'], 'readwrite');
  await Promise.all([
    transaction.objectStore('plan').delete(CURRENT),
    transaction.objectStore('progress').delete(CURRENT),
    transaction.done,
  ]);
}

export async function keepClass(one: VisitorClass): Promise<void> {
  await (await database()).put('classes', one);
}

export async function dropClass(name: string): Promise<void> {
  await (await database()).delete('classes', name);
}

export async function keptClasses(): Promise<VisitorClass[]> {
  const classes = await (await database()).getAll('classes');
  return classes.sort((a, b) => a.added - b.added);
}

export async function keepModel(model: TaughtModel): Promise<void> {
  await (await database()).put('models', model);
}

/** Without their bytes, newest first. */
export async function taughtModels(): Promise<{ key: string; name: string }[]> {
  const db = await database();
  const found: { key: string; name: string }[] = [];
  for (
    let cursor = await db.transaction('models').store.openCursor();
    cursor;
    cursor = await cursor.continue()
  )
    found.push({ key: cursor.value.key, name: cursor.value.name });
  return found.reverse();
}

export async function taughtModel(key: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
  return (await (await database()).get('models', key))?.bytes;
}
