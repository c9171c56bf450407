import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunFile } from '../../src/crossval/index.js';
import { makeDataset } from '../../src/data/dataset.js';
import { datasetFromStore, datasetToStore } from '../../src/queue/dataset-object.js';
import type { ObjectStore } from '../../src/queue/stores/object-store.js';
import { openStore } from '../../src/queue/stores/open-store.js';
import { FormatError } from '../../src/util/errors.js';
import { fakeRun } from '../statistics/support/fake-run.js';

const root = mkdtempSync(join(tmpdir(), 'lexel-dataset-object-'));
afterAll(() => rmSync(root, { recursive: true }));

const images = (count: number) => ({
  ...{ count, size: 2 },
  pixels: Uint8Array.from({ length: 12 * count }, (_, i) => i % 256),
  labels: Uint16Array.from({ length: count }, (_, i) => i % 2),
});
const dataset = makeDataset({
  ...{ name: 'drawn', classes: ['circle', 'square'], superclasses: ['shape'], superclassOf: [0, 0] },
  ...{ train: images(6), test: images(4) },
});

describe('a data set in a store', () => {
  let store: ObjectStore;
  let run: RunFile;
  const key = `data/${dataset.orderedHash}/index.json`;
  const index = {
    ...{ name: 'drawn', classes: dataset.classes, superclasses: ['shape'] },
    superclassOf: [0, 0],
  };
  const whole = { ...index, size: 2, train: 6, test: 4 };
  const load = async (changes: object) => {
    await store.put(key, Buffer.from(JSON.stringify({ ...whole, ...changes })));
    return datasetFromStore(store, run);
  };
  beforeAll(async () => {
    store = await openStore(join(root, 'store'), { make: true });
    const made = fakeRun(join(root, 'run'), { classes: ['a', 'b'], groups: [[0]], protocol: 'loo' });
    const { hash, orderedHash } = dataset;
    const about = { ...made.dataset, hash, orderedHash, size: 2, trainCount: 6, testCount: 4 };
    run = { ...made, dataset: about };
    await datasetToStore(store, dataset);
  });

  it('comes back as it was', async () => {
    const { train, test, classes } = (await load({}))!;
    expect([train, test, classes]).toEqual([dataset.train, dataset.test, dataset.classes]);
  });

  it.each([
    ['classes of the same name', { classes: ['circle', 'circle'] }],
    ['more images than the run', { train: 100_000_000, size: 4096 }],
    ['fewer images than the run', { test: 2 }],
    ['a label without a class', { classes: ['circle'] }],
    ['other classes', { classes: ['circle', 'other'] }],
  ])('with %s is refused by name', async (_, changes) => {
    const refused = await load(changes).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(FormatError);
    expect((refused as FormatError).file).toContain(`${store.name}/data/${dataset.orderedHash}`);
  });
});
