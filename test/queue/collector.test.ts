import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { Collector } from '../../src/queue/collector.js';
import { StoredExperiment } from '../../src/queue/stored-experiment.js';
import type { ObjectStore } from '../../src/queue/stores/object-store.js';
import { openStore } from '../../src/queue/stores/open-store.js';

const root = mkdtempSync(join(tmpdir(), 'lexel-collector-'));
afterAll(() => rmSync(root, { recursive: true }));

const bytes = (text: string) => Buffer.from(text);
const folds = Array.from({ length: 8 }, (_, i) => ({ id: `class-${i}`, heldOut: [i] }));

/** A store with the results of all folds, and the keys of the objects that are read there. */
async function filled(name: string, delay = 0): Promise<{ stored: StoredExperiment; read: string[] }> {
  const store = await openStore(join(root, name), { make: true });
  const read: string[] = [];
  const slow: ObjectStore = Object.assign(Object.create(store), {
    async get(key: string) {
      read.push(key);
      await new Promise((resolve) => setTimeout(resolve, delay));
      return store.get(key);
    },
  });
  const stored = new StoredExperiment(slow, '0123456789abcdef');
  const worker = { id: 'a', host: 'here', pid: 7 };
  for (const { id } of folds) {
    const fold = new StoredExperiment(store, stored.id).fold(id);
    const end = JSON.stringify({ type: 'end', fold: id });
    await fold.commit(worker, await fold.claim(worker, 0), {
      outputs: bytes(id),
      model: bytes(id),
      log: bytes(`${end}\n`),
    });
  }
  return { stored, read };
}

describe('a collector', () => {
  it('tells how long it looked, without what it fetched', async () => {
    const { stored } = await filled('slow', 150);
    const collector = new Collector(stored, join(root, 'slow-run'), folds);
    const start = performance.now();
    expect((await collector.collect()).length).toBe(8);
    const took = performance.now() - start;
    // Four at a time, each with two reads after another.
    expect(took).toBeGreaterThan(550);
    expect(collector.looked).toBeLessThan(took - 500);
    expect(readdirSync(join(root, 'slow-run', 'folds')).length).toBe(24);
  });

  it('leaves no lock behind, also after an error', async () => {
    const { stored } = await filled('broken');
    const [broken] = folds;
    const { token } = (await stored.fold(broken.id).result())!;
    await stored.store.put(
      `${stored.id}/files/${broken.id}/${String(token).padStart(8, '0')}/model`,
      bytes('?'),
    );
    const dir = join(root, 'broken-run');
    const collector = new Collector(stored, dir, folds);
    await expect(collector.collect()).rejects.toThrow('has other content than was committed');
    expect(readdirSync(join(dir, 'folds')).filter((name) => name.includes('.lock'))).toEqual([]);
    expect(collector.missing.has(broken.id)).toBe(true);
  });

  it('reads a given-up fold once', async () => {
    const { stored, read } = await filled('poisoned');
    const more = { id: 'class-8', heldOut: [8] };
    await stored
      .fold(more.id)
      .poison({ message: 'no', worker: { id: 'a', host: 'here', pid: 7 }, time: '2026-01-01T00:00:00Z' });
    const collector = new Collector(stored, join(root, 'poisoned-run'), [...folds, more]);
    await collector.collect();
    expect(collector.poisoned.get(more.id)).toMatchObject({ message: 'no' });
    expect(collector.done).toBe(true);
    read.length = 0;
    await collector.collect();
    expect(read).toEqual([]);
  });
});
