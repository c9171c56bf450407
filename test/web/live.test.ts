/**
 * A run is followed in the browser from its first epoch to its end, over a restart of the studio, and until it is deleted; and
 * one that workers train.
 */

import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunWorker, removeWorkersFile, writeWorkersFile } from '../../src/crossval/workers-file.js';
import { noChromium, startChromium } from '../chromium.js';
import { makeRun, temporaryFolder } from '../server/support.js';
import { expectAccessible } from './axe.js';
import { expectNarrow, openPage, startStudio } from './browser.js';

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
    await expect.poll(listed).toBeDefined();
    await page.goto(`${first.url}#/run/${await listed()}`);
    const cells = page.locator('.fold-cell');
    await expect.poll(() => cells.count()).toBe(3);
    await page.locator('.curves canvas').waitFor();
    const connection = page.locator('.connection');
    await expect.poll(() => connection.textContent()).toMatch(/live|up to date/);

    await first.stop();
    await expect.poll(() => connection.textContent()).toContain('reconnecting');
    const second = await startStudio(root, '--port', new URL(first.url).port);
    await expect.poll(() => connection.textContent()).toMatch(/live|up to date/);

    expect(await ended).toBe(0);
    await expect
      .poll(() => cells.evaluateAll((all) => all.map((cell) => cell.getAttribute('aria-label') ?? '')))
      .toEqual(['split-0', 'split-1', 'split-2'].map((fold) => `${fold} 3/3, finished`));
    // Cells are one stop of Tab; arrows move, Enter selects.
    await cells.first().focus();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('Enter');
    await expect.poll(() => page.url()).toContain('folds=split-1');
    await expect.poll(() => page.locator('.fold-details').textContent()).toContain('3 of 3');
    const curves = page.locator('.curves');
    await expect
      .poll(() => curves.getAttribute('aria-label'))
      .toMatch(/^held-out loss .*; mean-vector loss 0\.\d+$/);
    await page.getByLabel('Measure').selectOption('rank');
    await expect.poll(() => curves.getAttribute('aria-label')).toContain('chance 30.50');
    await page.getByRole('link', { name: 'Results of all folds' }).waitFor();

    rmSync(join(root, 'live'), { recursive: true });
    await expect.poll(() => page.locator('.note').textContent()).toContain('no longer there');
    expect(faults).toEqual([]);
    await page.close();
    await second.stop();
  });

  it('shows the workers of a queue and what they train, as long as somebody collects', async () => {
    const runs = join(root, 'queue');
    const dir = join(runs, 'queued');
    makeRun(runs, 'queued', { unfinished: 2 });
    const about = { cores: 10, since: '2026-01-01T12:00:00.000Z', folds: [], others: 0 };
    const fold = { epoch: 1, epochs: 5, imagesPerSecond: 1234 };
    const busy: RunWorker = {
      ...{ ...about, id: 'a', host: 'compute-node-with-a-long-name.cluster.example.org', pid: 1234567 },
      folds: Array.from({ length: 10 }, (_, i) => ({ ...fold, fold: `rotation-${i}` })),
    };
    const idle: RunWorker = { ...about, id: 'b', host: 'two', pid: 22 };
    const other: RunWorker = { ...about, id: 'c', host: 'three', pid: 33, others: 2 };
    let workers = [busy, idle, other];
    const write = () => writeWorkersFile(dir, workers);
    write();
    const coordinator = setInterval(write, 1000);
    const studio = await startStudio(runs);
    const { page, faults } = await openPage(browser);
    await page.goto(studio.url);
    await page.locator('tbody').getByText('training elsewhere').waitFor();
    await page.getByRole('link', { name: 'queued' }).first().click();
    const table = page.getByRole('table', { name: 'Workers' });
    const rows = () => table.locator('tbody tr').allInnerTexts();
    await expect.poll(rows).toHaveLength(3);
    const [first, second, third] = await rows();
    expect(first).toMatch(/^compute-node-.*\s1234567\s.*rotation-0 epoch 1 of 5, 1,234 images\/s/s);
    expect(first).toContain('2 more');
    expect(second).toContain('2 folds of other experiments');
    expect(third).toContain('idle');
    await expect.poll(() => page.locator('.facts').textContent()).toContain('Workers3, 1 idle');
    expect(await page.locator('.fold-cell').first().getAttribute('aria-label')).toBe(
      `rotation-0 1/5, training on ${busy.host}, process ${busy.pid}`,
    );
    // What is opened stays open while the numbers change.
    await table.getByText('2 more').focus();
    await page.keyboard.press('Enter');
    workers = [idle, { ...busy, folds: busy.folds.map((one) => ({ ...one, epoch: 2 })) }];
    await table.getByText('rotation-9 epoch 2 of 5').waitFor();
    await expect.poll(rows).toHaveLength(2);
    await page.getByRole('button', { name: 'Process', exact: true }).press('Enter');
    await expect.poll(async () => (await rows())[0]).toContain('two');
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      for (const width of [1280, 800, 380]) {
        await page.setViewportSize({ width, height: 720 });
        await expectNarrow(page);
        await expectAccessible(page);
      }
    }
    clearInterval(coordinator);
    removeWorkersFile(dir);
    await table.waitFor({ state: 'detached' });
    await expect.poll(() => page.locator('.facts').textContent()).toContain('stopped');
    expect(faults).toEqual([]);
    await page.close();
    await studio.stop();
  });
});
