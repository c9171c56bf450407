/** A run is followed in the browser from its first epoch to its end, over a restart of the studio, and until it is deleted. */

import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { noChromium, startChromium } from '../chromium.js';
import { temporaryFolder } from '../server/support.js';
import { openPage, startStudio } from './browser.js';

const BIN = fileURLToPath(new URL('../../bin/lexel.js', import.meta.url));

describe.skipIf(noChromium)('a live run', () => {
  const root = temporaryFolder();
  let browser: Browser;
  beforeAll(async () => {
    browser = await startChromium();
  });
  afterAll(() => browser?.close());

  it('fills its folds, survives a restart of the studio, and says when it is gone', async () => {
    const first = await startStudio(root);
    const training = spawn(process.execPath, [
      ...[BIN, 'loo', '--data', 'shapes', '--words', 'shapes', '--net', 'lite', '--protocol', 'holdout:20'],
      ...['--epochs', '3', '--limit', '400', '--out', join(root, 'live')],
    ]);
    const ended = new Promise<number | null>((resolve) => training.once('exit', resolve));
    const { page, faults } = await openPage(browser, {
      // The browser itself reports that the studio is away for a moment, and that the run is gone.
      accepted: /ERR_CONNECTION_REFUSED|ERR_INCOMPLETE_CHUNKED_ENCODING|ERR_EMPTY_RESPONSE|404/,
    });
    // By its address: where training is fast, the list links to the results by now.
    const listed = async () => {
      const { runs } = (await (await fetch(`${first.url}api/runs.json`)).json()) as {
        runs: { id: string }[];
      };
      return runs[0]?.id;
    };
    await expect.poll(listed, { timeout: 60_000 }).toBeDefined();
    await page.goto(`${first.url}#/run/${await listed()}`);
    const cells = page.locator('.fold-cell');
    await expect.poll(() => cells.count(), { timeout: 30_000 }).toBe(3);
    await page.locator('.curves canvas').waitFor({ timeout: 30_000 });
    const connection = page.locator('.connection');
    await expect.poll(() => connection.textContent(), { timeout: 30_000 }).toMatch(/live|up to date/);

    await first.stop();
    await expect.poll(() => connection.textContent(), { timeout: 30_000 }).toContain('reconnecting');
    const second = await startStudio(root, '--port', new URL(first.url).port);
    await expect.poll(() => connection.textContent(), { timeout: 30_000 }).toMatch(/live|up to date/);

    expect(await ended).toBe(0);
    await expect
      .poll(() => cells.evaluateAll((all) => all.map((cell) => cell.getAttribute('aria-label') ?? '')), {
        timeout: 60_000,
      })
      .toEqual(['split-0', 'split-1', 'split-2'].map((fold) => `${fold} 3/3, finished`));
    // Cells are one stop of Tab; arrows move, Enter selects.
    await cells.first().focus();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('Enter');
    expect(page.url()).toContain('folds=split-1');
    expect(await page.locator('.fold-details').textContent()).toContain('3 of 3');
    await page.getByLabel('Measure').selectOption('rank');
    expect(await page.locator('.curves').getAttribute('aria-label')).toContain('chance 30.50');
    await page.getByRole('link', { name: 'Results of all folds' }).waitFor();

    rmSync(join(root, 'live'), { recursive: true });
    await expect
      .poll(() => page.locator('.note').textContent(), { timeout: 30_000 })
      .toContain('no longer there');
    expect(faults).toEqual([]);
    await page.close();
    await second.stop();
  });
});
