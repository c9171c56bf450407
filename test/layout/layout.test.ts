import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { layout } from '../../src/layout/index.js';
import { computeLayout } from '../../src/layout/methods.js';
import { clusters } from './made.js';

let cache: string;
beforeEach(() => {
  cache = mkdtempSync(join(tmpdir(), 'lexel-layout-'));
});
afterEach(() => rmSync(cache, { recursive: true, force: true }));

const rows = clusters(80, 8, 4);
const task = { method: 'umap', rows, dimension: 8, fitted: 70, seed: 1 } as const;

test('the thread gives the bits of the calling thread, and reports progress', async () => {
  const seen: number[] = [];
  const made = await layout(task, { cache: null, onProgress: (done) => seen.push(done) });
  expect(made).toEqual(computeLayout(task));
  expect(seen.at(-1)).toBe(1);
  expect(seen).toEqual([...seen].sort((a, b) => a - b));
});

test.each(['pca', 'umap'] as const)('%s is kept under the checksum of its task', async (method) => {
  const made = await layout({ ...task, method }, { cache });
  const files = readdirSync(cache);
  expect(files).toEqual([expect.stringMatching(/^[0-9a-f]{64}\.safetensors$/)]);
  const bytes = readFileSync(join(cache, files[0]));
  // Read from the cache: the same, without progress in between.
  const seen: number[] = [];
  expect(await layout({ ...task, method }, { cache, onProgress: (done) => seen.push(done) })).toEqual(made);
  expect(seen).toEqual([1]);
  // Another seed is another map by UMAP, but not by PCA.
  await layout({ ...task, method, seed: 2 }, { cache });
  expect(readdirSync(cache)).toHaveLength(method === 'umap' ? 2 : 1);
  // A damaged file is computed again.
  writeFileSync(join(cache, files[0]), bytes.fill(0, bytes.length - 8));
  expect(await layout({ ...task, method }, { cache })).toEqual(made);
});

test('stops when aborted', async () => {
  const large = { ...task, rows: clusters(4000, 8, 4), fitted: 4000 };
  const controller = new AbortController();
  const stopped = layout(large, {
    cache,
    signal: controller.signal,
    onProgress: () => controller.abort(new Error('enough')),
  });
  await expect(stopped).rejects.toThrow('enough');
  expect(readdirSync(cache)).toEqual([]);
});

test('refuses rows that are not finite, and nothing to fit', async () => {
  const bad = rows.slice();
  bad[19] = Number.NaN;
  await expect(layout({ ...task, rows: bad }, { cache })).rejects.toThrow('row 2 of the map contains NaN');
  await expect(layout({ ...task, fitted: 0 }, { cache })).rejects.toThrow('fitted to 0 of 80 rows');
});
