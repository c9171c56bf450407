// Watches a store while a schedule runs, and tells what must never happen there.
import { setTimeout as sleep } from 'node:timers/promises';
import { fromKeyPart } from '../../dist/queue/stores/keys.js';

/** Milliseconds between two looks. */
const LOOK = 100;

/** Milliseconds after a commit in which claims of others, who have asked before, may still appear. */
const LATE = 1000;

/**
 * @param {import('../../dist/queue/stores/object-store.js').ObjectStore} store
 * @returns commits: number of folds with a result so far; claims: those seen, by fold and token; stop: ends it and returns what was wrong
 */
export function watchStore(store) {
  const wrong = [];
  const committed = new Map();
  const claims = new Map();
  let over = false;

  const look = async () => {
    const began = Date.now();
    const experiments = (await store.list('experiments/')).map((key) => key.slice(12).replace('.json', ''));
    for (const experiment of experiments) {
      // Claims before commits: a claim that is seen in this look may be as old as the last one.
      for (const key of await store.list(`${experiment}/claims/`)) await seeClaim(key, began);
      for (const key of await store.list(`${experiment}/commits/`)) await seeCommit(key);
    }
  };

  const seeCommit = async (key) => {
    const bytes = Buffer.from((await store.get(key)) ?? '');
    const fold = fromKeyPart(key.split('/').at(-1).replace('.json', ''));
    const known = committed.get(fold);
    if (!known) committed.set(fold, { bytes, seen: Date.now() });
    else if (!bytes.equals(known.bytes)) wrong.push(`${fold}: its commit was replaced`);
  };

  const seeClaim = async (key, began) => {
    const [, , part, name] = key.split('/');
    const fold = fromKeyPart(part);
    const token = Number.parseInt(name, 10);
    const own = claims.get(fold) ?? new Map();
    claims.set(fold, own);
    const bytes = await store.get(key);
    if (!bytes) return; // garbage was collected
    const claim = JSON.parse(Buffer.from(bytes).toString());
    const known = own.get(token);
    if (known && known.worker.id !== claim.worker.id) wrong.push(`${fold}: claim ${token} changed hands`);
    if (!known && token < Math.max(...own.keys()))
      wrong.push(`${fold}: claim ${token} came after a higher one`);
    const late = known ? known.late : began - (committed.get(fold)?.seen ?? began) > LATE;
    own.set(token, { ...claim, late });
  };

  const watching = (async () => {
    while (!over) {
      await look();
      await sleep(LOOK);
    }
    await look();
  })();
  watching.catch((error) => wrong.push(`the store cannot be watched: ${error.message}`));
  return {
    claims,
    get commits() {
      return committed.size;
    },
    async stop() {
      over = true;
      await watching.catch(() => {});
      return wrong;
    },
  };
}
