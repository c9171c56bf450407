import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { collectGarbage } from '../../src/queue/gc.js';
import type { WorkerName } from '../../src/queue/records.js';
import { StoredExperiment } from '../../src/queue/stored-experiment.js';
import { MOST_CRASHES, StoredFold } from '../../src/queue/stored-fold.js';
import type { ObjectStore } from '../../src/queue/stores/object-store.js';
import { openStore } from '../../src/queue/stores/open-store.js';

const root = mkdtempSync(join(tmpdir(), 'lexel-stored-'));
afterAll(() => rmSync(root, { recursive: true }));

const ID = '0123456789abcdef';
const worker = (id: string): WorkerName => ({ id, host: `host-${id}`, pid: 7 });
const bytes = (text: string) => Buffer.from(text);
const content = (text: string) => ({
  outputs: bytes(`outputs ${text}`),
  model: bytes('model'),
  log: bytes(`log ${text}`),
});

let stores = 0;
async function newFold(id = 'Apple/1'): Promise<{ store: ObjectStore; fold: StoredFold }> {
  const store = await openStore(join(root, `store-${stores++}`), { make: true });
  return { store, fold: new StoredFold(store, ID, id) };
}

describe('a claim', () => {
  it('has a token that no other claim has, however many ask at once', async () => {
    const { fold, store } = await newFold();
    const others = Array.from({ length: 12 }, (_, i) =>
      new StoredFold(store, ID, fold.id).claim(worker(`${i}`), 0),
    );
    const tokens = await Promise.all(others);
    expect(tokens.sort((a, b) => a - b)).toEqual(Array.from({ length: 12 }, (_, i) => i + 1));
    expect(await fold.holds(12)).toBe(true);
    expect(await fold.holds(11)).toBe(false);
  });

  it('that is out of date keeps no checkpoint', async () => {
    const { fold } = await newFold();
    const first = await fold.claim(worker('a'), 0);
    expect(await fold.keepCheckpoint(first, 1, bytes('one'), bytes('log'))).toBe(true);
    const second = await fold.claim(worker('b'), 1);
    expect(await fold.keepCheckpoint(second, 2, bytes('two'), bytes('log'))).toBe(true);
    expect(await fold.keepCheckpoint(first, 3, bytes('three'), bytes('log'))).toBe(false);
    expect((await fold.checkpoints()).map(({ epoch, token }) => [epoch, token])).toEqual([
      [2, second],
      [1, first],
    ]);
  });

  it('keeps the last two checkpoints', async () => {
    const { fold, store } = await newFold();
    const token = await fold.claim(worker('a'), 0);
    for (const epoch of [1, 2, 3, 4])
      await fold.keepCheckpoint(token, epoch, bytes(`${epoch}`), bytes(`log ${epoch}`));
    const kept = await fold.checkpoints();
    expect(kept.map(({ epoch }) => epoch)).toEqual([4, 3]);
    expect(`${await store.get(`${kept[0].stem}.safetensors`)}`).toBe('4');
    expect(`${await fold.log(token, 4)}`).toBe('log 4');
    expect(await fold.log(token, 1)).toBeNull();
  });
});

describe('a result', () => {
  it('is the first that is committed; its checkpoints go', async () => {
    const { fold } = await newFold();
    const token = await fold.claim(worker('a'), 0);
    await fold.keepCheckpoint(token, 1, bytes('one'), bytes('log'));
    expect(await fold.commit(worker('a'), token, content('x'))).toEqual({ as: 'result', mismatches: [] });
    expect(await fold.checkpoints()).toEqual([]);
    expect(await fold.keepCheckpoint(token, 2, bytes('two'), bytes('log'))).toBe(false);
    const commit = (await fold.result())!;
    expect(commit).toMatchObject({ fold: 'Apple/1', token, worker: worker('a') });
    expect(`${(await fold.content(commit)).outputs}`).toBe('outputs x');
    // The answer to the first call may have been lost.
    expect(await fold.commit(worker('a'), token, content('x'))).toEqual({ as: 'result', mismatches: [] });
  });

  it('that comes second is compared, and a mismatch names both workers', async () => {
    const { fold } = await newFold();
    await fold.commit(worker('a'), await fold.claim(worker('a'), 0), content('x'));
    const second = await fold.commit(worker('b'), await fold.claim(worker('b'), 0), {
      ...content('x'),
      log: bytes('other'),
    });
    expect(second).toEqual({ as: 'duplicate', mismatches: [] });
    const third = await fold.commit(worker('c'), await fold.claim(worker('c'), 0), content('y'));
    expect(third).toEqual({ as: 'duplicate', mismatches: [worker('a')] });
    expect((await fold.duplicates()).map(({ worker: { id }, equal }) => [id, equal])).toEqual([
      ['b', true],
      ['c', false],
    ]);
    expect(`${(await fold.content((await fold.result())!)).outputs}`).toBe('outputs x');
  });

  it('of a claim that is out of date waits for the result of its successor, and is compared', async () => {
    const { fold } = await newFold();
    const old = await fold.claim(worker('a'), 0);
    const successor = await fold.claim(worker('b'), 0);
    expect(await fold.commit(worker('a'), old, content('x'))).toEqual({ as: 'superseded', mismatches: [] });
    expect(await fold.result()).toBeNull();
    expect(await fold.commit(worker('b'), successor, content('y'))).toEqual({
      as: 'result',
      mismatches: [worker('a')],
    });
    expect((await fold.result())!.token).toBe(successor);
  });

  it('whose files were changed is not read', async () => {
    const { fold, store } = await newFold('pear');
    await fold.commit(worker('a'), await fold.claim(worker('a'), 0), content('x'));
    await store.put(`${ID}/files/pear/00000001/model`, bytes('changed'));
    await expect(fold.content((await fold.result())!)).rejects.toThrow(
      'files/pear/00000001/model has other content than was committed',
    );
    await store.put(`${ID}/commits/pear.json`, bytes('{"fold":"pear"}'));
    await expect(fold.result()).rejects.toThrow('commits/pear.json');
  });
});

describe('a fold', () => {
  it('that ends its workers is noticed after ten claims without a trace, until it is forgiven', async () => {
    const { fold } = await newFold();
    for (let i = 1; i < MOST_CRASHES; i++) await fold.claim(worker(`${i}`), 0);
    expect(await fold.crashes()).toBeNull();
    await fold.claim(worker('last'), 0);
    expect(await fold.crashes()).toMatchObject({ worker: worker('last') });
    await fold.forgive();
    expect(await fold.crashes()).toBeNull();
  });

  it('that gets on does not count as one that ends its workers', async () => {
    const { fold } = await newFold();
    for (let i = 1; i <= MOST_CRASHES; i++) {
      const token = await fold.claim(worker(`${i}`), i - 1);
      await fold.keepCheckpoint(token, i, bytes('checkpoint'), bytes('log'));
    }
    expect(await fold.crashes()).toBeNull();
  });

  it('counts failures, and forgets them when it is forgiven', async () => {
    const { fold } = await newFold();
    const failure = { message: 'the loss is NaN', worker: worker('a'), time: 'now' };
    expect(await fold.addFailure(1, failure)).toBe(1);
    expect(await fold.addFailure(2, failure)).toBe(2);
    expect(await fold.failures()).toEqual([failure, failure]);
    await fold.poison(failure);
    expect(await fold.poisoned()).toEqual({ ...failure, fold: 'Apple/1' });
    await fold.forgive();
    expect([await fold.failures(), await fold.poisoned()]).toEqual([[], null]);
  });
});

describe('collectGarbage', () => {
  it('keeps results, and what unfinished folds need', async () => {
    const { fold, store } = await newFold('done');
    await store.put(`experiments/${ID}.json`, bytes('{"time":""}'));
    await fold.claim(worker('a'), 0);
    const token = await fold.claim(worker('b'), 0);
    await fold.commit(worker('b'), token, content('x'));
    await store.put(`${ID}/files/done/00000001/model`, bytes('of a worker that died before its commit'));
    const open = new StoredFold(store, ID, 'open');
    const claim = await open.claim(worker('a'), 0);
    for (const epoch of [1, 2]) await open.keepCheckpoint(claim, epoch, bytes(`${epoch}`), bytes('log'));
    await store.put(`${ID}/files/open/00000001/model`, bytes('about to be committed'));
    expect(await collectGarbage(store)).toEqual({ claims: 2, checkpoints: 0, files: 1 });
    expect(`${(await fold.content((await fold.result())!)).outputs}`).toBe('outputs x');
    expect((await open.checkpoints()).length).toBe(2);
    expect(await open.holds(claim)).toBe(true);
    expect(await store.get(`${ID}/files/open/00000001/model`)).not.toBeNull();
  });
});

describe('objects with other names', () => {
  const others = ['9'.repeat(20), '9007199254740991', '1e3', '00000007-copy', '0x10', 'copy of 1']
    .map((name) => `${name.replaceAll(' ', '_')}.json`)
    .concat('00000009');

  it('are not claims', async () => {
    const { fold, store } = await newFold('pear');
    for (const name of others) await store.put(`${ID}/claims/pear/${name}`, bytes('{'));
    expect(await fold.claim(worker('a'), 0)).toBe(1);
    expect(await fold.claim(worker('b'), 0)).toBe(2);
    expect([await fold.holds(1), await fold.holds(2)]).toEqual([false, true]);
    expect(await fold.crashes()).toBeNull();
  });

  it('are not checkpoints', async () => {
    const { fold, store } = await newFold('pear');
    const token = await fold.claim(worker('a'), 0);
    for (const name of ['9007199254740993-1', '-1-00000001', '00000001', '1-1', '00000002-00000001x'])
      await store.put(`${ID}/checkpoints/pear/${name.replace(/^-/, '_')}.safetensors`, bytes('x'));
    await fold.keepCheckpoint(token, 1, bytes('one'), bytes('log'));
    expect((await fold.checkpoints()).map(({ epoch }) => epoch)).toEqual([1]);
  });

  it('are no results, and garbage collection leaves them alone', async () => {
    const { fold, store } = await newFold('pear');
    const experiment = new StoredExperiment(store, ID);
    await fold.commit(worker('a'), await fold.claim(worker('a'), 0), content('x'));
    const foreign = [
      'commits/Pear.json',
      'commits/pear.txt',
      'commits/=zz.json',
      'claims/Pear/00000001.json',
      'duplicates/Pear/00000001.json',
    ];
    for (const key of foreign) await store.put(`${ID}/${key}`, bytes('{'));
    await store.put(`experiments/${ID}.json`, bytes('{}'));
    expect([...(await experiment.committed())]).toEqual(['pear']);
    expect([...(await experiment.duplicated())]).toEqual([]);
    expect(await collectGarbage(store)).toEqual({ claims: 1, checkpoints: 0, files: 0 });
    expect(
      (await store.list(`${ID}/`)).filter((key) => foreign.some((one) => key.endsWith(one))),
    ).toHaveLength(5);
  });

  it('cannot use up the claims without an error that says so', async () => {
    const { fold, store } = await newFold('pear');
    await store.put(`${ID}/claims/pear/99999999.json`, bytes('{}'));
    await expect(fold.claim(worker('a'), 0)).rejects.toThrow(
      'claims/pear/99999999.json: is the last claim that a fold can have',
    );
  });
});

describe('a plan', () => {
  it('with a fold that no key can name is refused', async () => {
    const { store } = await newFold();
    for (const id of ['', '\ud800', 'é'.repeat(34)]) {
      const plan = { folds: [{ id, heldOut: [0] }], attempts: 1 };
      await store.put(`${ID}/plans/a.json`, bytes(JSON.stringify(plan)));
      await expect(new StoredExperiment(store, ID).plan()).rejects.toThrow(
        'plans/a.json: ✖ cannot be the name',
      );
    }
  });
});
