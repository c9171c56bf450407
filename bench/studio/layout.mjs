// PCA and UMAP of 10,000 × 100 rows, as the studio computes them: in a worker thread, without and with the cache.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { layout } from '../../dist/layout/index.js';
import { rowsAroundCentres, secondsOf } from './lib/made-rows.mjs';

const COUNT = 10_000;
const DIMENSION = 100;
const TARGETS = { pca: 0.5, umap: 10 };

export const title = 'Layout of the map';

export async function measure({ log }) {
  const rows = rowsAroundCentres(COUNT, DIMENSION);
  const cache = mkdtempSync(join(tmpdir(), 'lexel-bench-layout-'));
  const found = [];
  try {
    for (const method of /** @type {const} */ (['pca', 'umap'])) {
      log(`layout: ${method}`);
      const task = { method, rows, dimension: DIMENSION, fitted: COUNT, seed: 1 };
      const first = await secondsOf(() => layout(task, { cache }));
      const again = await secondsOf(() => layout(task, { cache }));
      found.push(
        {
          what: `${method}, ${COUNT} × ${DIMENSION}, with the start of its thread`,
          value: `${first.wall.toFixed(2)} s (processor ${first.cpu.toFixed(2)} s)`,
          limit: `≤ ${TARGETS[method]} s`,
          met: first.wall <= TARGETS[method],
        },
        { what: `${method}, from the cache`, value: `${again.wall.toFixed(3)} s` },
      );
    }
  } finally {
    rmSync(cache, { recursive: true });
  }
  return found;
}
