/** The list of runs fills in the numbers that it lacks, and says why some cannot be computed. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { foldFiles } from '../../src/crossval/run-file.js';
import { noChromium, startChromium } from '../chromium.js';
import { makeRun, PATIENT, temporaryFolder } from '../server/support.js';
import { expectAccessible } from './axe.js';
import { openPage, type RunningStudio, startStudio } from './browser.js';

describe.skipIf(noChromium)('the list of runs', () => {
  const root = temporaryFolder();
  let browser: Browser;
  let studio: RunningStudio;
  beforeAll(async () => {
    for (const name of ['one', 'two', 'damaged']) makeRun(root, name, { signal: 0.9 });
    for (const seed of [1, 2]) makeRun(root, `many/seed-${seed}`, { seed });
    writeFileSync(foldFiles(join(root, 'damaged'), 'rotation-0').log, '{"type":"start"\n{"type":"epoch"}\n');
    browser = await startChromium();
    studio = await startStudio(root);
  });
  afterAll(async () => {
    await browser?.close();
    await studio?.stop();
  });

  it('says which numbers are being computed, and shows them without a reload', async () => {
    const { page, faults } = await openPage(browser);
    // The first list stays until it has been looked at.
    let onLooked = () => {};
    const looked = new Promise<void>((resolve) => {
      onLooked = resolve;
    });
    let lists = 0;
    await page.route('**/api/runs.json', async (route) => {
      if (lists++ > 0) await looked;
      await route.continue();
    });
    await page.goto(studio.url);
    const row = (name: string) => page.locator('tbody tr', { hasText: name });
    await page.getByText('Numbers of 5 runs are being computed').waitFor();
    expect(await row('one').textContent()).toMatch(
      /Its numbers (are being computed …|will be computed soon)/,
    );
    expect(await row('many, 2 seeds').textContent()).toMatch(/Numbers of 2 seeds (are|will) be/);
    onLooked();
    await expect.poll(() => page.getByText('are being computed').count(), { timeout: PATIENT }).toBe(0);
    for (const name of ['one', 'two', 'many, 2 seeds']) {
      expect(await row(name).locator('td[data-label="mean rank, among all labels"]').textContent()).toMatch(
        /^\d\.\d\d/,
      );
      expect(await row(name).textContent()).not.toContain('numbers');
    }
    expect(await row('damaged').locator('.problem').textContent()).toMatch(
      /^Its numbers cannot be computed: folds\/rotation-0\.jsonl: line 2: /,
    );
    await expectAccessible(page);
    expect(faults).toEqual([]);
  });
});
