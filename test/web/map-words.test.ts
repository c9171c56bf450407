/** Words beyond the labels, added to the map of a studio in Chromium. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { newPage, noChromium, startChromium, WEBGL } from '../chromium.js';
import { SHAPES } from '../crossval/shapes-options.js';
import { madeRun } from '../server/map/made-run.js';
import { studioOf, temporaryFolder } from '../server/support.js';
import { expectAccessible } from './axe.js';
import { pictureOf } from './map-picture.js';

describe.skipIf(noChromium)('words added to the map', () => {
  const root = temporaryFolder();
  const errors: Error[] = [];
  let browser: Browser;
  let address: string;

  beforeAll(async () => {
    await madeRun(join(root, 'run'), { ...SHAPES, protocol: 'holdout:6', selection: { folds: '0' } });
    const { url } = await studioOf(root);
    const [{ id }] = ((await (await fetch(`${url}api/runs.json`)).json()) as { runs: { id: string }[] }).runs;
    address = `${url}#/map/${id}`;
    browser = await startChromium(WEBGL);
  });
  afterAll(async () => {
    await browser?.close();
    expect(errors.map(({ stack }) => stack)).toEqual([]);
  });

  async function open(query = ''): Promise<Page> {
    const page = await newPage(browser, (error) => errors.push(error), {
      viewport: { width: 1280, height: 900 },
      reducedMotion: 'reduce',
    });
    await page.goto(`${address}${query}`);
    await page.getByText('1 of 1 sheets loaded').waitFor();
    await page.getByText('Renderer: ').waitFor();
    await page.getByRole('button', { name: 'Add the word' }).waitFor();
    return page;
  }
  const status = (page: Page) => page.locator('.map-status').textContent();
  const write = async (page: Page, word: string) => {
    await page.getByPlaceholder('Find a word').fill(word);
    await page.keyboard.press('Enter');
  };
  /** What the map says of the point in its middle. */
  async function middle(page: Page): Promise<string> {
    const box = (await page.locator('.map-canvas').boundingBox())!;
    await page.mouse.move(box.x + box.width / 2 + 3, box.y + box.height / 2);
    await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
    return (await page.locator('.map-tip').allTextContents()).join();
  }

  test('are found, shown and told, by both methods', async () => {
    const page = await open();
    await page.getByPlaceholder('Find a word').fill('pin');
    await page.getByText('Any of the 343 words of shapes.lexw can be added.').waitFor();
    await expect.poll(() => page.locator('#map-words option[value="pink"]').count()).toBe(1);
    await write(page, 'pink');
    await page.getByRole('heading', { name: 'pink added word, no label' }).waitFor();
    await expect.poll(() => page.url()).toContain('words=pink');
    await expect.poll(() => status(page)).toContain('60 words and 1 added; images');
    await expect.poll(() => middle(page)).toBe('pink (added word)');
    await page.getByText('exactly where the same projection puts them').waitFor();
    await expect.poll(() => page.locator('.map-neighbours').textContent()).toContain('pink');
    await page.getByRole('button', { name: 'UMAP' }).click();
    await page.getByText('at the mean of its nearest points').waitFor();
    await page.getByRole('button', { name: 'pink', exact: true }).click();
    await expect.poll(() => middle(page)).toMatch(/pink/);
  });

  test('stand in the address, and go when they are taken off', async () => {
    const page = await open('?words=pink+pink_circle');
    await expect.poll(() => status(page)).toContain('60 words and 2 added');
    await page.getByRole('button', { name: 'pink circle', exact: true }).click();
    await page.getByRole('heading', { name: 'the mean of pink and circle' }).waitFor();
    await page.getByRole('button', { name: 'Take pink off the map' }).press('Enter');
    await expect.poll(() => status(page)).toContain('60 words and 1 added');
    // The other word stays selected, although its point has moved.
    await page.getByRole('heading', { name: 'the mean of pink and circle' }).waitFor();
    await page.getByRole('button', { name: 'Take pink_circle off the map' }).press('Enter');
    await expect.poll(() => status(page)).toContain('60 words; images');
    await expect.poll(() => page.url()).not.toContain('words=');
  });

  test('an image stays selected when words come before it', async () => {
    const page = await open();
    await page.locator('.map-classes button').first().click();
    await page.locator('.map-table .map-pick').nth(3).click();
    const heading = page.locator('#map-focused');
    await expect.poll(() => heading.textContent()).toContain('image');
    const image = await heading.textContent();
    await page.mouse.move(0, 0);
    const shot = async () =>
      createHash('sha256')
        .update(await pictureOf(page))
        .digest('hex');
    const before = await shot();
    await page.evaluate(() => {
      location.hash = `${location.hash}&words=pink`;
    });
    await expect.poll(() => status(page)).toContain('and 1 added');
    await expect.poll(() => heading.textContent()).toBe(image);
    await page.evaluate(() => {
      location.hash = location.hash.replace('&words=pink', '');
    });
    await expect.poll(() => status(page)).toContain('60 words; images');
    await expect.poll(shot).toBe(before);
  });

  test('an unknown word is told with its nearest spellings', async () => {
    const page = await open();
    await write(page, 'trianglee');
    await page.getByText('“trianglee” is not among the 343 words of shapes.lexw').waitFor();
    await page.getByText('Nearest spellings: triangle').waitFor();
  });

  test('axe finds nothing serious', async () => {
    const page = await open('?words=pink+trianglee');
    await page.getByText('Nearest spellings').waitFor();
    await expectAccessible(page);
  });
});
