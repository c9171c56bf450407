/** Teach it, in a real browser: the same bits as Node, a training that survives a reload, and plain refusals. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readWords, shapesWorld, startEngine, trainModel } from '../../src/browser/index.js';
import { noChromium } from '../chromium.js';
import { lexel } from '../cli/lexel.js';
import { expectAccessible } from './axe.js';
import { expectNarrow } from './browser.js';
import { openPages, type Pages } from './pages.js';

const asset = (path: string) => readFileSync(new URL(`../../assets/${path}`, import.meta.url));

const SMALL = { classes: 10, images: 20, epochs: 3, seed: 5 };
const { classes, images, epochs, seed } = SMALL;
const world = shapesWorld({ size: 32, classes, perClass: images, testPerClass: 10, seed });
const heldOut = world.classes.slice(0, 2);
const address = (change: Partial<typeof SMALL> = {}) => {
  const numbers = Object.entries({ ...SMALL, ...change }).map(([name, value]) => [name, String(value)]);
  return `teach?${new URLSearchParams({ ...Object.fromEntries(numbers), held: heldOut.join(',') })}`;
};

let pages: Pages;
let folder: string;
/** The model of the small training, made in Node. */
let expected: Uint8Array;

beforeAll(async () => {
  if (noChromium) return;
  folder = mkdtempSync(join(tmpdir(), 'lexel-teach-'));
  const result = await trainModel({
    engine: await startEngine(asset('lexel.wasm')),
    dataset: world,
    words: readWords(asset('words/shapes.lexw'), 'shapes.lexw'),
    heldOut,
    network: 'lite',
    recipe: 'joint',
    epochs,
    seed,
    train: { batch: 32 },
  });
  if (result.status !== 'finished') throw new Error('it was not to stop');
  expected = result.file;
  pages = await openPages();
});
afterAll(async () => {
  await pages?.close();
  rmSync(folder, { recursive: true, force: true });
});

const begin = (page: Page) => page.getByRole('button', { name: 'Train', exact: true }).click();
const finished = (page: Page) => page.getByText(`Finished: ${epochs} epochs`).waitFor();

/** Stops when a text shows. The page does so itself: by the time that it is told to, a short training may have ended. */
const stopAt = (page: Page, text: string) =>
  page.evaluate(
    (wanted) =>
      new Promise<void>((resolve) => {
        const look = () => {
          if (!document.body.textContent!.includes(wanted)) return;
          const stop = Array.from(document.querySelectorAll('button')).find(
            (one) => one.textContent === 'Stop',
          );
          if (!stop) return;
          watch.disconnect();
          stop.click();
          resolve();
        };
        const watch = new MutationObserver(look);
        watch.observe(document.body, { subtree: true, childList: true, characterData: true });
      }),
    text,
  );

async function download(page: Page, button: string): Promise<Buffer> {
  const waiting = page.waitForEvent('download');
  await page.getByRole('button', { name: button }).click();
  return readFileSync(await (await waiting).path());
}

describe.skipIf(noChromium)('Teach it', () => {
  it('trains the same bits as Node, and the command line reads the file', async () => {
    const page = await pages.open(address());
    await begin(page);
    await finished(page);
    await page.locator('.answer').nth(19).waitFor();
    const file = await download(page, 'Download the model');
    expect(file.equals(expected)).toBe(true);

    const model = join(folder, 'taught.safetensors');
    writeFileSync(model, file);
    const image = join(folder, 'image.png');
    const raw = { width: 32, height: 32, channels: 3 } as const;
    await sharp(world.test.pixels.subarray(0, 3072), { raw }).png().toFile(image);
    const { out, code } = await lexel(['classify', image, '--model', model, '--json']);
    expect(code).toBe(0);
    expect(JSON.parse(out)[0].words).toHaveLength(5);

    const csv = (await download(page, 'Download the curves (CSV)')).toString().trim().split('\n');
    expect(csv).toHaveLength(1 + 1 + epochs);
    expect(csv[0].startsWith('epoch,trainLoss,')).toBe(true);

    await page.getByRole('link', { name: 'Try it on your images' }).click();
    await page.getByText('trained on 8 classes of shapes').waitFor();
    await page.locator('.drop input[type=file]').setInputFiles(image);
    await page.locator('.word-list').waitFor();
  });

  it('goes on after a stop and a reload, to the same bits', async () => {
    const page = await pages.open(address());
    const stopped = stopAt(page, `Epoch 2 of ${epochs}`);
    await begin(page);
    await stopped;
    await page.getByText(/^Stopped after epoch/).waitFor();
    await page.reload();
    await page.getByText(/^Stopped after epoch/).waitFor();
    await page.getByRole('button', { name: 'Go on' }).click();
    await finished(page);
    expect((await download(page, 'Download the model')).equals(expected)).toBe(true);
    await page.reload();
    await finished(page);
    await page.locator('.answer').nth(19).waitFor();
  });

  it('says so when the browser keeps nothing, and trains all the same', async () => {
    const page = await pages.open(address({ epochs: 1 }), {
      script: () => {
        indexedDB.open = () => {
          throw new DOMException('The quota is full', 'QuotaExceededError');
        };
      },
    });
    await begin(page);
    await page.getByRole('alert').getByText('The quota is full').waitFor();
    await page.getByText('Finished: 1 epoch').waitFor();
    await page.getByRole('button', { name: 'Download the model' }).waitFor();
  });

  it("makes classes of the visitor's images, and says what is missing", async () => {
    const page = await pages.open('teach?data=own&epochs=2');
    const train = page.getByRole('button', { name: 'Train', exact: true });
    await page.getByText('Add 2 more classes').waitFor();
    await expect.poll(() => train.isDisabled()).toBe(true);
    const word = page.getByLabel('Word for a new class');
    await word.fill('rabit');
    await page.keyboard.press('Enter');
    await page.getByText(/“rabit” has no word vector.*rabbit/).waitFor();
    for (const [i, name] of ['circle', 'star', 'heart'].entries()) {
      await word.fill(name);
      await page.keyboard.press('Enter');
      const section = page.getByRole('region', { name: `Images of ${name}` }).first();
      await section.waitFor();
      if (i === 0) {
        await page.getByText('Add 5 more images to “circle”').waitFor();
        await page.getByRole('button', { name: 'Use the camera' }).click();
        await page.getByRole('button', { name: 'Take 20 photos' }).click();
        await page.getByRole('button', { name: /^circle 20/ }).waitFor();
        await page.getByRole('button', { name: 'Close the camera' }).click();
      } else {
        await page.locator('.drop input[type=file]').setInputFiles(await drawings(i, 10));
        await page.getByRole('button', { name: new RegExp(`^${name} 10`) }).waitFor();
      }
    }
    await page.reload();
    await page.getByRole('button', { name: /^circle 20/ }).waitFor();
    await expectAccessible(page);
    await page.getByText('Choose others').click();
    for (const name of ['circle', 'star', 'heart'])
      await page.getByRole('checkbox', { name }).setChecked(name === 'heart');
    await train.click();
    await page.getByText('Finished: 2 epochs').waitFor();
    await page.locator('.answer').nth(9).waitFor();
  });

  it.each(['light', 'dark'] as const)('is accessible and fits 380 pixels (%s)', async (colorScheme) => {
    const page = await pages.open(address({ epochs: 1 }), { colorScheme, width: 380 });
    await page.getByText('More settings').click();
    await expectAccessible(page);
    await begin(page);
    await page.locator('.answer').first().waitFor();
    await expectAccessible(page);
    await expectNarrow(page);
  });
});

/** PNG files of different images of a class of the shapes world. */
const drawings = (label: number, count: number) =>
  Promise.all(
    Array.from({ length: count }, async (_, i) => {
      const at = (label * images + i) * 3072;
      const raw = { width: 32, height: 32, channels: 3 } as const;
      const buffer = await sharp(world.train.pixels.subarray(at, at + 3072), { raw })
        .png()
        .toBuffer();
      return { name: `${i}.png`, mimeType: 'image/png', buffer };
    }),
  );
