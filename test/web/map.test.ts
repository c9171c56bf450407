/** The map page in Chromium, from the files of an export: used by mouse and by keys. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { noChromium, startChromium, WEBGL } from '../chromium.js';
import { SHAPES } from '../crossval/shapes-options.js';
import { madeRun } from '../server/map/made-run.js';
import { expectAccessible } from './axe.js';
import { serve, writeMapSite } from './static-map.js';

const root = mkdtempSync(join(tmpdir(), 'lexel-map-page-'));
const errors: Error[] = [];
let browser: Browser;
let site: { url: string; close: () => void };

describe.skipIf(noChromium)('the map page', () => {
  beforeAll(async () => {
    await madeRun(join(root, 'run'), {
      ...SHAPES,
      protocol: 'holdout:6',
      epochs: 5,
      selection: { folds: '0,1' },
    });
    await writeMapSite(join(root, 'site'), join(root, 'run'), 'demo', [undefined, 'split-1'], {
      cache: join(root, 'layouts'),
    });
    site = await serve(join(root, 'site'));
    browser = await startChromium(WEBGL);
  }, 240_000);

  afterAll(async () => {
    await browser?.close();
    site?.close();
    rmSync(root, { recursive: true, force: true });
    expect(errors.map(({ stack }) => stack)).toEqual([]);
  });

  async function open(query = '', options: Parameters<Browser['newContext']>[0] = {}): Promise<Page> {
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
    const page = await context.newPage();
    page.on('pageerror', (error) => errors.push(error));
    await page.goto(`${site.url}#/map/demo${query}`);
    await page.getByText('sheets loaded').waitFor();
    return page;
  }
  const classButton = (page: Page, pressed = false) =>
    page.locator(`.map-classes button${pressed ? '[aria-pressed="true"]' : ''}`).first();
  const status = (page: Page) => page.locator('.map-status').textContent();

  test('says how much is loaded, and what draws it', async () => {
    const page = await open();
    await expect.poll(() => status(page)).toContain('1 of 1 sheets');
    const text = await status(page);
    expect(text).toMatch(/60 words; images loaded: ([\d,]+) of \1 of held-out classes/);
    expect(text).toMatch(/Software rendering\. Renderer: .*SwiftShader/);
    await page.context().close();
  });

  test('draws pictures, and other pixels at another epoch', async () => {
    const page = await open('?', { reducedMotion: 'reduce' });
    await expect.poll(() => status(page)).toContain('1 of 1 sheets');
    const shot = async () => (await page.locator('.map-canvas').screenshot()).toString('base64');
    const last = await shot();
    await page.getByRole('button', { name: 'Epoch 0', exact: true }).click();
    expect(page.url()).toContain('epoch=0');
    await expect.poll(async () => (await shot()) === last).toBe(false);
    await page.getByRole('button', { name: 'Epoch 5', exact: true }).click();
    await expect.poll(shot).toBe(last);
    await page.context().close();
  });

  test('a class shows where its images fell; the address restores it', async () => {
    const page = await open();
    await classButton(page).click();
    await page.getByText('images lie nearest to').waitFor();
    expect(page.url()).toMatch(/class=\w+/);
    await page.locator('.map-table tbody tr').first().waitFor();
    const again = await open(`?${page.url().split('?')[1]}`);
    await classButton(again, true).waitFor();
    for (const one of [page, again]) await one.context().close();
  });

  test('finds a word and flies to it', async () => {
    const page = await open();
    await page.getByPlaceholder('Find a word').fill('striped triangle');
    await page.getByRole('heading', { name: 'striped triangle' }).waitFor();
    await page.locator('.map-neighbours li').first().waitFor();
    await expect.poll(() => page.url()).toMatch(/z=1\d/);
    await page.context().close();
  });

  test('UMAP moves the points', async () => {
    const page = await open('', { reducedMotion: 'reduce' });
    await expect.poll(() => status(page)).toContain('1 of 1 sheets');
    const shot = async () => (await page.locator('.map-canvas').screenshot()).toString('base64');
    const pca = await shot();
    await page.getByRole('button', { name: 'UMAP' }).click();
    await page.getByText('UMAP keeps neighbours together').waitFor();
    expect(page.url()).toContain('by=umap');
    await expect.poll(async () => (await shot()) === pca).toBe(false);
    await page.context().close();
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
    await page.context().close();
  });

  test('is operated by keys alone', async () => {
    const page = await open('', { reducedMotion: 'reduce' });
    await page.locator('.map-frame').focus();
    await page.keyboard.press(']');
    await classButton(page, true).waitFor();
    await page.keyboard.press('PageUp');
    expect(page.url()).toContain('epoch=1');
    await page.keyboard.press('Escape');
    expect(page.url()).not.toContain('class=');
    await page.keyboard.press('0');
    await page.keyboard.press('+');
    await expect.poll(() => page.url()).toMatch(/z=1\.4/);
    await page.keyboard.press('0');
    await expect.poll(() => page.url()).not.toContain('z=');
    await page.getByRole('button', { name: 'Select what is in view' }).press('Enter');
    await page.locator('.map-table tbody tr').first().waitFor();
    await page.context().close();
  });

  test('one fold also shows seen classes', async () => {
    const page = await open('?fold=split-1');
    expect(await status(page)).toMatch(/of held-out classes, [\d,]+ of [\d,]+ of seen classes/);
    await page.context().close();
  });

  test('goes on after the context was lost', async () => {
    const page = await open('', { reducedMotion: 'reduce' });
    await expect.poll(() => status(page)).toContain('1 of 1 sheets');
    const shot = async () => (await page.locator('.map-canvas').screenshot()).toString('base64');
    const before = await shot();
    await page.evaluate(async () => {
      const canvas = document.querySelector('canvas')!;
      const lose = canvas.getContext('webgl2')!.getExtension('WEBGL_lose_context')!;
      lose.loseContext();
      await new Promise((resolve) => setTimeout(resolve, 300));
      lose.restoreContext();
    });
    await expect.poll(shot, { timeout: 10_000 }).toBe(before);
    await page.context().close();
  });

  test('without WebGL 2 it says so, and the table works', async () => {
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.addInitScript(() => {
      const own = HTMLCanvasElement.prototype.getContext;
      HTMLCanvasElement.prototype.getContext = function (this: HTMLCanvasElement, kind: string, ...more: []) {
        return kind === 'webgl2' ? null : own.call(this, kind as '2d', ...more);
      } as typeof own;
    });
    await page.goto(`${site.url}#/map/demo`);
    await page.getByText('it has no WebGL 2').waitFor();
    await classButton(page).click();
    await page.locator('.map-table tbody tr').first().waitFor();
    await context.close();
  });

  test.each(['light', 'dark'] as const)('axe finds nothing serious, %s', async (colorScheme) => {
    const page = await open('', { colorScheme });
    await classButton(page).click();
    await page.getByText('images lie nearest to').waitFor();
    await expectAccessible(page);
    await page.context().close();
  });
});
