/** The map page in Chromium, from the files of an export: used by mouse and by keys. */
import { readFileSync } from 'node:fs';
import type { BrowserContextOptions, Page } from 'playwright-core';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { noChromium } from '../chromium.js';
import { expectAccessible } from './axe.js';
import { pictureOf } from './map-picture.js';
import { mapInChromium } from './static-map.js';

describe.skipIf(noChromium)('the map page', () => {
  const map = mapInChromium({ epochs: 5, selection: { folds: '0,1' } }, [undefined, 'split-1']);

  async function open(query = '', options: BrowserContextOptions = {}): Promise<Page> {
    const page = await map.newPage({ viewport: { width: 1280, height: 900 }, ...options });
    await page.goto(map.address(query));
    // By then it hears keys and gestures, and knows that it is an export.
    await page.getByText('1 of 1 sheets loaded').waitFor();
    await page.getByText('Renderer: ').waitFor();
    await page.getByText('Lexel 0', { exact: true }).waitFor();
    return page;
  }
  const classButton = (page: Page, pressed = false) =>
    page.locator(`.map-classes button${pressed ? '[aria-pressed="true"]' : ''}`).first();
  const status = (page: Page) => page.locator('.map-status').textContent();
  const shot = async (page: Page) => (await pictureOf(page)).toString('base64');

  test('says how much is loaded, and what draws it', async () => {
    const page = await open();
    const text = await status(page);
    expect(text).toMatch(/60 words; images loaded: ([\d,]+) of \1 of held-out classes/);
    expect(text).toMatch(/Software rendering\. Renderer: .*SwiftShader/);
  });

  test('draws pictures, and other pixels at another epoch', async () => {
    const page = await open('?', { reducedMotion: 'reduce' });
    const last = await shot(page);
    await page.getByRole('button', { name: 'Epoch 0', exact: true }).click();
    await expect.poll(() => page.url()).toContain('epoch=0');
    await expect.poll(async () => (await shot(page)) === last).toBe(false);
    await page.getByRole('button', { name: 'Epoch 5', exact: true }).click();
    await expect.poll(() => shot(page)).toBe(last);
  });

  test('a class shows where its images fell; the address restores it', async () => {
    const page = await open();
    await classButton(page).click();
    await page.getByText('images lie nearest to').waitFor();
    await expect.poll(() => page.url()).toMatch(/class=\w+/);
    await page.locator('.map-table tbody tr').first().waitFor();
    const again = await open(`?${page.url().split('?')[1]}`);
    await classButton(again, true).waitFor();
  });

  test('finds a word and flies to it', async () => {
    const page = await open();
    await page.getByPlaceholder('Find a word').fill('striped triangle');
    await page.getByRole('heading', { name: 'striped triangle' }).waitFor();
    await page.locator('.map-neighbours li').first().waitFor();
    await expect.poll(() => page.url()).toMatch(/z=1\d/);
  });

  test('an export says that it has no other words', async () => {
    const page = await open('?words=pink');
    await page.getByText('An export has only the words of the labels').waitFor();
    await page.getByText('An export cannot place them').waitFor();
    expect(await page.getByRole('button', { name: 'Add the word' }).count()).toBe(0);
  });

  test('UMAP moves the points', async () => {
    const page = await open('', { reducedMotion: 'reduce' });
    const pca = await shot(page);
    await page.getByRole('button', { name: 'UMAP' }).click();
    await page.getByText('UMAP keeps neighbours together').waitFor();
    await expect.poll(() => page.url()).toContain('by=umap');
    await page.getByText('UMAP is being computed').waitFor({ state: 'detached' });
    await expect.poll(async () => (await shot(page)) === pca).toBe(false);
  });

  test('lasso by mouse; the table can be saved', async () => {
    const page = await open();
    await page.getByRole('button', { name: 'Lasso' }).click();
    const box = (await page.locator('.map-canvas').boundingBox())!;
    await page.mouse.move(box.x + 5, box.y + 5);
    await page.mouse.down();
    for (const [x, y] of [
      [1, 0],
      [1, 1],
      [0, 1],
    ])
      await page.mouse.move(box.x + 5 + x * (box.width - 10), box.y + 5 + y * (box.height - 10), {
        steps: 4,
      });
    await page.mouse.up();
    await page.getByText(/The first 100 of \d+ points/).waitFor();
    const [saved] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'CSV' }).click(),
    ]);
    const lines = readFileSync(await saved.path(), 'utf8')
      .trim()
      .split('\r\n');
    expect(lines[0]).toBe('kind,class,superclass,heldOut,fold,image,rank,nearest,cosine');
    const count = Number(/of (\d+) points/.exec((await page.locator('.map-side').textContent())!)![1]);
    expect(lines).toHaveLength(count + 1);
    const [picture] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'PNG' }).click(),
    ]);
    expect(
      readFileSync(await picture.path())
        .subarray(1, 4)
        .toString(),
    ).toBe('PNG');
  });

  test('is operated by keys alone', async () => {
    const page = await open('', { reducedMotion: 'reduce' });
    await page.locator('.map-frame').focus();
    await page.keyboard.press(']');
    await classButton(page, true).waitFor();
    await page.keyboard.press('PageUp');
    await expect.poll(() => page.url()).toContain('epoch=1');
    await page.keyboard.press('Escape');
    await expect.poll(() => page.url()).not.toContain('class=');
    await page.keyboard.press('0');
    await page.keyboard.press('+');
    await expect.poll(() => page.url()).toMatch(/z=1\.4/);
    await page.keyboard.press('0');
    await expect.poll(() => page.url()).not.toContain('z=');
    await page.getByRole('button', { name: 'Select what is in view' }).press('Enter');
    await page.locator('.map-table tbody tr').first().waitFor();
  });

  test('one fold also shows seen classes', async () => {
    const page = await open('?fold=split-1');
    expect(await status(page)).toMatch(/of held-out classes, [\d,]+ of [\d,]+ of seen classes/);
  });

  test('is printed light, and its classes are named', async () => {
    const page = await open('', { colorScheme: 'dark', reducedMotion: 'reduce' });
    const light = async () => {
      const { channels } = await sharp(await pictureOf(page)).stats();
      return channels[0].mean;
    };
    await expect.poll(light).toBeLessThan(100);
    await page.emulateMedia({ media: 'print' });
    await expect.poll(light).toBeGreaterThan(200);
    expect(await classButton(page).isVisible()).toBe(true);
    expect(await page.getByPlaceholder('Find a word').isVisible()).toBe(false);
    await page.emulateMedia({ media: 'screen' });
    await expect.poll(light).toBeLessThan(100);
  });

  test('goes on after the context was lost', async () => {
    const page = await open('', { reducedMotion: 'reduce' });
    const before = await shot(page);
    const graphics = await page
      .locator('.map-canvas')
      .evaluateHandle(
        (canvas: HTMLCanvasElement) => canvas.getContext('webgl2')!.getExtension('WEBGL_lose_context')!,
      );
    await graphics.evaluate((lost) => lost.loseContext());
    const note = page.getByText('The graphics of this page were lost');
    await note.waitFor();
    expect(await shot(page)).not.toBe(before);
    await graphics.evaluate((lost) => lost.restoreContext());
    await note.waitFor({ state: 'detached' });
    await expect.poll(() => shot(page)).toBe(before);
  });

  test('without WebGL 2 it says so, and the table works', async () => {
    const page = await map.newPage();
    await page.addInitScript(() => {
      const own = HTMLCanvasElement.prototype.getContext;
      HTMLCanvasElement.prototype.getContext = function (this: HTMLCanvasElement, kind: string, ...more: []) {
        return kind === 'webgl2' ? null : own.call(this, kind as '2d', ...more);
      } as typeof own;
    });
    await page.goto(map.address());
    await page.getByText('it has no WebGL 2').waitFor();
    await classButton(page).click();
    await page.locator('.map-table tbody tr').first().waitFor();
  });

  test.each(['light', 'dark'] as const)('axe finds nothing serious, %s', async (colorScheme) => {
    const page = await open('', { colorScheme });
    await classButton(page).click();
    await page.getByText('images lie nearest to').waitFor();
    await expectAccessible(page);
  });
});
