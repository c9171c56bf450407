/** The pages stay responsive: no task of their main thread takes long while a run trains and while its map is open. */

import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { noChromium, startChromium, WEBGL } from '../chromium.js';
import { temporaryFolder } from '../server/support.js';
import { openPage, type RunningStudio, startStudio } from './browser.js';
import { longestTask } from './main-thread.js';

const BIN = fileURLToPath(new URL('../../bin/lexel.js', import.meta.url));

/** Milliseconds of the processor: what Chromium calls a long task. */
const LONG = 50;

describe.skipIf(noChromium)('the main thread of the pages', () => {
  const root = temporaryFolder();
  let browser: Browser;
  let studio: RunningStudio;
  beforeAll(async () => {
    browser = await startChromium(WEBGL);
    studio = await startStudio(root);
  });
  afterAll(async () => {
    await browser?.close();
    await studio?.stop();
  });

  it('has no long task while a run trains, and on its map', async () => {
    const { page, faults } = await openPage(browser);
    await page.goto(studio.url);
    await page.getByRole('heading', { name: 'No runs yet' }).waitFor();
    const training = spawn(process.execPath, [
      ...[BIN, 'loo', '--data', 'shapes', '--words', 'shapes', '--net', 'lite', '--protocol', 'holdout:20'],
      ...['--epochs', '4', '--limit', '200', '--out', join(root, 'run')],
    ]);
    const ended = new Promise<number | null>((resolve) => training.once('exit', resolve));
    const trains = await longestTask(browser, page, async () => {
      // The list shows the run by itself. By its address: links change when there are results.
      const address = await page.locator('tbody a[href^="#/run/"]').getAttribute('href');
      await show(page, address!);
      await page.locator('.curves canvas').waitFor();
      await page.getByLabel('Measure').selectOption('rank');
      await page.locator('.fold-cell').first().click();
      expect(await ended).toBe(0);
      await page.getByRole('link', { name: 'Results of all folds' }).waitFor();
    });
    expect(trains.longest.processor, told(trains.longest)).toBeLessThan(LONG);

    const id = /run\/([^?]+)/.exec(page.url())![1];
    const map = await longestTask(browser, page, async () => {
      await show(page, `#/map/${id}`);
      await page.getByText('1 of 1 sheets loaded').waitFor();
      await page.getByText('Renderer: ').waitFor();
      const canvas = page.locator('.map-canvas');
      await canvas.hover();
      for (let step = 0; step < 5; step++) await page.mouse.wheel(0, -200);
      await page.getByRole('button', { name: 'Epoch 0', exact: true }).click();
      await page.getByRole('button', { name: 'Epoch 4', exact: true }).click();
      await page.locator('.map-classes button').first().click();
      await page.getByText('images lie nearest to').waitFor();
    });
    expect(map.longest.processor, told(map.longest)).toBeLessThan(LONG);
    // The trace holds what happened: hundreds of tasks each, and a long one if there is any.
    for (const { tasks } of [trains, map]) expect(tasks).toBeGreaterThan(50);
    const busy = await longestTask(browser, page, () =>
      page.evaluate(() => {
        const end = performance.now() + 500;
        while (performance.now() < end);
      }),
    );
    expect(busy.longest.processor).toBeGreaterThan(LONG);
    expect(faults).toEqual([]);
  });
});

/** Leads an open page to another address of the studio. */
const show = (page: Page, hash: string): Promise<void> =>
  page.evaluate((to) => {
    location.hash = to;
  }, hash);

const told = ({ clock, parts }: { clock: number; parts: readonly string[] }): string =>
  `${clock.toFixed(0)} ms on the clock: ${parts.join(', ')}`;
