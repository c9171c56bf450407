// What the page of runs loads before anything is asked for, and how soon it shows 1,000 runs.
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { startStudio } from '../../dist/server/studio.js';
import { startChromium } from '../../scripts/chromium.mjs';

export const title = 'Runs: bytes loaded, and 1,000 runs';

const LIMIT = 120_000;
const RUNS = 1000;
/** A run whose records are kept in the repository: five folds of 20 classes. */
const RUN = fileURLToPath(new URL('../../docs/results/rotations-poster/seed-0', import.meta.url));

export async function measure({ log }) {
  const runsDir = mkdtempSync(join(tmpdir(), 'lexel-bench-'));
  log(`copying ${RUNS} runs`);
  for (let i = 0; i < RUNS; i++) cpSync(RUN, join(runsDir, `run-${i}`), { recursive: true });
  const cacheDir = mkdtempSync(join(tmpdir(), 'lexel-bench-cache-'));
  const studio = await startStudio({ runsDir, port: 0, cacheDir });
  const browser = await startChromium();
  try {
    const page = await browser.newPage();
    const addresses = new Set();
    page.on('request', (request) => addresses.add(request.url().split('#')[0]));
    const shown = async () => {
      const start = performance.now();
      await page.goto(studio.url);
      await page.locator('tbody tr').first().waitFor();
      return performance.now() - start;
    };
    const first = await shown();
    let loaded = 0;
    for (const address of addresses) {
      const { protocol, pathname } = new URL(address);
      if (protocol !== 'http:' || pathname.startsWith('/api/')) continue;
      loaded += gzipSync(new Uint8Array(await (await fetch(address)).arrayBuffer())).length;
    }
    const again = await shown();
    const start = performance.now();
    await page.getByRole('searchbox', { name: 'Filter runs' }).fill('run-99');
    await page.getByText(`11 of ${RUNS} runs`).waitFor();
    const filtered = performance.now() - start;
    return [
      {
        what: 'first load, gzip',
        value: `${(loaded / 1000).toFixed(1)} kB`,
        limit: '≤ 120 kB',
        met: loaded <= LIMIT,
      },
      { what: `${RUNS} runs shown, first time`, value: `${first.toFixed(0)} ms` },
      {
        what: `${RUNS} runs shown again`,
        value: `${again.toFixed(0)} ms`,
        limit: '≤ 1 s',
        met: again <= 1000,
      },
      { what: 'a filter applied', value: `${filtered.toFixed(0)} ms` },
    ];
  } finally {
    await browser.close();
    await studio.close();
    rmSync(runsDir, { recursive: true });
  }
}
