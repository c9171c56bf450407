/** The report's page in a browser: nothing is wider than its place. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeReport } from '../../src/report/index.js';
import { newPage, noChromium, startChromium } from '../chromium.js';
import { fakeRun, hundredLabels, rotations } from '../statistics/support/fake-run.js';

const root = mkdtempSync(join(tmpdir(), 'lexel-layout-'));
afterAll(() => rmSync(root, { recursive: true }));

/** Width of a scroll bar, which headless Chromium does not draw. */
const SCROLL_BAR = 17;

describe.skipIf(noChromium)('the page in Chromium', () => {
  let browser: Browser;
  let address: string;
  beforeAll(async () => {
    const labels = hundredLabels();
    labels.classes[0] = 'checkered_diamond';
    const groups = rotations(labels.superclassOf).slice(0, 2);
    // The one with the most columns.
    fakeRun(root, { ...labels, groups, protocol: 'one-per-superclass', images: 6, epochs: 2, seenImages: 2 });
    const { files } = await writeReport(root, { permutations: 20, resamples: 50, images: false });
    address = pathToFileURL(files[0]).href;
    browser = await startChromium();
  });
  afterAll(() => browser?.close());

  /** The page with all its sections open. */
  async function open(width: number): Promise<Page> {
    const page = await newPage(browser, undefined, { viewport: { width, height: 900 } });
    await page.goto(address);
    await page.getByRole('button', { name: 'Open all sections' }).click();
    return page;
  }

  it.each([400, 1280])('does not scroll sideways at %i px', async (width) => {
    const page = await open(width);
    await expect.poll(() => page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
  });

  it('shows every column of every table at 1280 px, beside a scroll bar', async () => {
    const page = await open(1280);
    const tables = await page.locator('.scroll > table').evaluateAll(
      (all, bar) =>
        (all as HTMLTableElement[]).map((table) => {
          table.style.width = 'auto';
          const place = table.parentElement!;
          return {
            headings: table.tHead?.textContent,
            needed: table.offsetWidth,
            room: place.classList.contains('tall') ? place.clientWidth - bar : place.clientWidth,
          };
        }),
      SCROLL_BAR,
    );
    expect(tables.length).toBeGreaterThan(10);
    expect(tables.filter(({ needed, room }) => needed > room)).toEqual([]);
  });
});
