/** A run is started with the form, stopped, resumed and followed to its end, as a person would. */

import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { noChromium, startChromium } from '../chromium.js';
import { temporaryFolder } from '../server/support.js';
import { openPage, type RunningStudio, startStudio } from './browser.js';

describe.skipIf(noChromium)('a studio that may start runs', () => {
  const root = temporaryFolder();
  let browser: Browser;
  let studio: RunningStudio;
  beforeAll(async () => {
    browser = await startChromium();
    studio = await startStudio(root, '--allow-runs');
  });
  afterAll(async () => {
    await browser?.close();
    await studio?.stop();
  });

  it('starts a run, stops it, resumes it and sees its end', async () => {
    const { page, faults } = await openPage(browser, { accepted: /400/ });
    await page.goto(studio.url);
    await page.getByText('Start a run').click();
    const form = page.locator('form');
    await form.getByLabel('Name').fill('mine');
    await form.getByLabel('What is held out').selectOption('holdout:20');
    await form.getByLabel('Network').selectOption('lite');
    // Enough that it still trains when it is stopped.
    await form.getByLabel('Epochs').fill('12');
    await form.getByLabel('Images a fold, at most').fill('320');
    await form.getByRole('button', { name: 'Start' }).click();

    await page.getByRole('heading', { name: 'mine' }).waitFor();
    const state = page.locator('.facts .state');
    const trained = async () =>
      Number.parseInt(
        (await page.locator('.facts div', { hasText: 'Epochs trained' }).locator('dd').textContent())!,
        10,
      );
    await expect.poll(trained).toBeGreaterThan(0);
    await page.getByRole('button', { name: 'Stop' }).click();
    await expect.poll(() => state.textContent()).toMatch(/^stopped/);
    const kept = await trained();
    expect(kept).toBeLessThan(100);

    // The list shows the same, and the name is taken.
    await page.getByRole('link', { name: 'Runs', exact: true }).click();
    await page.locator('tbody tr', { hasText: 'stopped' }).waitFor();
    await page.getByText('Start a run').click();
    await form.getByLabel('Name').fill('mine');
    await form.getByRole('button', { name: 'Start' }).click();
    await expect.poll(() => form.getByRole('alert').textContent()).toContain('already');
    await page.locator('tbody').getByRole('link').last().click();

    await page.getByRole('button', { name: 'Resume' }).click();
    await expect.poll(() => state.textContent()).toMatch(/^(training|finished)/);
    expect(await trained()).toBeGreaterThanOrEqual(kept);
    await expect.poll(() => state.textContent()).toMatch(/^finished.*3 of 3 folds/);
    await expect.poll(() => page.getByRole('button', { name: /Stop|Resume/ }).count()).toBe(0);
    await page.getByRole('link', { name: 'Results of all folds' }).click();
    await page.locator('.result').waitFor();
    expect(faults).toEqual([]);
  });
});
