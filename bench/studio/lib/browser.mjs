// Chromium and a studio without runs.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { startStudio } from '../../../dist/server/studio.js';

const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export const launch = () =>
  chromium.launch({ executablePath: process.env.LEXEL_CHROMIUM ?? '/usr/bin/chromium', args: FLAGS });

/** Calls back with the studio's address and a browser, and closes both. */
export async function withStudio(use) {
  const runsDir = mkdtempSync(join(tmpdir(), 'lexel-bench-'));
  const studio = await startStudio({ runsDir, port: 0 });
  const browser = await launch();
  try {
    return await use({ url: studio.url, browser });
  } finally {
    await browser.close();
    await studio.close();
    rmSync(runsDir, { recursive: true, force: true });
  }
}
