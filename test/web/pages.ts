/** The studio without runs, in Chromium. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { startStudio } from '../../src/server/studio.js';
import { newPage, startChromium, WITHOUT_GRAPHICS } from '../chromium.js';

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

const FAKE_CAMERA = ['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream'];

export async function openPages(): Promise<Pages> {
  const runsDir = mkdtempSync(join(tmpdir(), 'lexel-pages-'));
  const studio = await startStudio({ runsDir, port: 0 });
  const browser = await startChromium([...WITHOUT_GRAPHICS, ...FAKE_CAMERA]);
  const errors: Error[] = [];
  return {
    async open(address, { colorScheme = 'light', width = 1280, script } = {}) {
      const page = await newPage(browser, (error) => errors.push(error), {
        viewport: { width, height: 900 },
        colorScheme,
      });
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
