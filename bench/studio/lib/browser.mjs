// Chromium and a studio without runs.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startStudio } from '../../../dist/server/studio.js';
import { startChromium } from '../../../scripts/chromium.mjs';

/** Calls back with the studio's address and a browser, and closes both. */
export async function withStudio(use) {
  const runsDir = mkdtempSync(join(tmpdir(), 'lexel-bench-'));
  const studio = await startStudio({ runsDir, port: 0 });
  const browser = await startChromium();
  try {
    return await use({ url: studio.url, browser });
  } finally {
    await browser.close();
    await studio.close();
    rmSync(runsDir, { recursive: true, force: true });
  }
}
