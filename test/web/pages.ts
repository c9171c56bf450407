/** The studio without runs, in Chromium. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type Axe from 'axe-core';
import { chromium, type Page } from 'playwright-core';
import { startStudio } from '../../src/server/studio.js';
import { CHROMIUM } from './chromium.js';

export interface PageOptions {
  readonly colorScheme?: 'light' | 'dark';
  readonly width?: number;
  /** Runs in the page before its own scripts. */
  readonly script?: () => void;
}

export interface Pages {
  /** Opens a page, such as `try?model=bundled`, with an empty storage. */
  open(address: string, options?: PageOptions): Promise<Page>;
  /** Fails if a page threw an error that it did not show. */
  close(): Promise<void>;
}

const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--use-fake-device-for-media-stream',
  '--use-fake-ui-for-media-stream',
];

export async function openPages(): Promise<Pages> {
  const runsDir = mkdtempSync(join(tmpdir(), 'lexel-pages-'));
  const studio = await startStudio({ runsDir, port: 0 });
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
  const errors: Error[] = [];
  return {
    async open(address, { colorScheme = 'light', width = 1280, script } = {}) {
      const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme });
      const page = await context.newPage();
      page.on('pageerror', (error) => errors.push(error));
      if (script) await page.addInitScript(script);
      await page.goto(`${studio.url}#/${address}`);
      return page;
    },
    async close() {
      await browser.close();
      await studio.close();
      rmSync(runsDir, { recursive: true, force: true });
      if (errors.length > 0) throw new AggregateError(errors, `in a page: ${errors[0].stack}`);
    },
  };
}

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Serious and critical findings of axe, one line each. */
export async function seriousFindings(page: Page): Promise<string[]> {
  await page.evaluate(AXE);
  const { violations } = await page.evaluate(() => (globalThis as unknown as { axe: typeof Axe }).axe.run());
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
}
