/** Try it, in a real browser: the same answers as the command line, and nothing leaves the page. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { shapesWorld } from '../../src/data/index.js';
import { noChromium } from '../chromium.js';
import { lexel } from '../cli/lexel.js';
import { expectAccessible } from './axe.js';
import { expectNarrow } from './browser.js';
import { openPages, type Pages } from './pages.js';

let pages: Pages;
let folder: string;
/** Two drawn images of 32 × 32 pixels, which need no scaling. */
let files: string[];

beforeAll(async () => {
  if (noChromium) return;
  folder = mkdtempSync(join(tmpdir(), 'lexel-try-'));
  const { test } = shapesWorld({ classes: 10, perClass: 1, testPerClass: 1 });
  files = [join(folder, 'one.png'), join(folder, 'two.png')];
  const raw = { width: 32, height: 32, channels: 3 } as const;
  for (const [i, file] of files.entries())
    await sharp(test.pixels.subarray(i * 3072, (i + 1) * 3072), { raw })
      .png()
      .toFile(file);
  pages = await openPages();
});
afterAll(async () => {
  await pages?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** The words of each image with their exact scores, and what is said about it. */
const answersOf = (page: Page) =>
  page.locator('.card').evaluateAll((cards) =>
    cards.map((card) => ({
      words: Array.from(card.querySelectorAll('tbody tr'), (row) => ({
        label: row.querySelector('th')!.textContent!.replaceAll(' ', '_'),
        score: Number(row.querySelector('data')!.value),
      })),
      text: card.textContent!,
    })),
  );

async function drawExamples(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Draw some examples' }).click();
  await page.locator('.examples .picture').nth(9).waitFor();
}

const choose = (page: Page, paths: string[]) => page.locator('.drop input[type=file]').setInputFiles(paths);

interface Answer {
  readonly words: readonly { label: string; score: number; unseen: boolean }[];
  readonly familiarity: number;
  readonly familiar: boolean;
  readonly chance: number;
}

/** The network's outputs have the same bits; the command line's last dot product is native, so scores may differ by rounding. */
function expectSameWords(found: Awaited<ReturnType<typeof answersOf>>, expected: readonly Answer[]): void {
  const labels = (all: readonly { words: readonly { label: string }[] }[]) =>
    all.map(({ words }) => words.map(({ label }) => label));
  expect(labels(found)).toEqual(labels(expected));
  for (const [i, { words }] of expected.entries())
    for (const [j, { score }] of words.entries()) expect(found[i].words[j].score).toBeCloseTo(score, 6);
}

async function classify(...options: string[]): Promise<Answer[]> {
  const args = ['classify', ...files, '--backend', 'wasm', '--json', ...options];
  const { out, err, code } = await lexel(args, { env: { LEXEL_ISA: 'simd128' } });
  if (code !== 0) throw new Error(err);
  return JSON.parse(out);
}

describe.skipIf(noChromium)('Try it', () => {
  it('answers as lexel classify does, and asks the server for nothing', async () => {
    const page = await pages.open('try');
    await page.getByText('recipe joint').waitFor();
    await drawExamples(page);
    const requests: string[] = [];
    page.on('request', (request) => {
      if (!request.url().startsWith('blob:')) requests.push(request.url());
    });
    await choose(page, files);
    await page.locator('.word-list').nth(1).waitFor();
    const expected = await classify();
    const found = await answersOf(page);
    expectSameWords(found, expected);
    for (const [i, { text }] of found.entries())
      expect(text.includes('unlike anything it was trained on')).toBe(!expected[i].familiar);
    await page.getByText('Guessing among 100 words: 1 % right.').waitFor();
    expect(requests).toEqual([]);
  });

  it('takes any words as candidates, and names those without a vector', async () => {
    const page = await pages.open('try?words=red,blue,xyzzyx,heart');
    await choose(page, files);
    await page.locator('.word-list').nth(1).waitFor();
    await page.getByText('“xyzzyx” has no vector').waitFor();
    await page.getByText('Guessing among 3 words: 33 % right.').waitFor();
    const expected = await classify('--labels', 'red,blue,heart', '--words', 'pack');
    const found = await answersOf(page);
    expectSameWords(found, expected);
  });

  it('chooses among the first words of the vocabulary, and adds and subtracts words', async () => {
    const page = await pages.open('try');
    await choose(page, files.slice(0, 1));
    await page.getByLabel('The labels and the most frequent words of English').check();
    await page.getByLabel('How many').fill('500');
    await page.getByLabel('How many').blur();
    await page.getByText(/Guessing among 5\d\d words/).waitFor();
    await expect.poll(() => page.url()).toContain('vocab=500');
    await page.getByLabel('Expression').fill('img:1 - red + blue');
    await page.getByRole('button', { name: 'Find words' }).click();
    await page.locator('.expression .word-list').waitFor();
    await page.getByLabel('Expression').fill('img:1 - ');
    await page.keyboard.press('Enter');
    await page.locator('.expression [role=alert]').waitFor();
  });

  it('uses the camera only after a click, and releases it', async () => {
    const page = await pages.open('try', {
      script: () => {
        const streams: MediaStream[] = [];
        Object.assign(globalThis, { streams });
        const own = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
        navigator.mediaDevices.getUserMedia = async (wanted) => {
          const stream = await own(wanted);
          streams.push(stream);
          return stream;
        };
      },
    });
    const live = () =>
      page.evaluate(() =>
        (globalThis as unknown as { streams: MediaStream[] }).streams.map((stream) =>
          stream.getTracks().some(({ readyState }) => readyState === 'live'),
        ),
      );
    await page.getByText('recipe joint').waitFor();
    expect(await live()).toEqual([]);
    await page.getByRole('button', { name: 'Use the camera' }).click();
    await page.getByRole('button', { name: 'Take a photo' }).click();
    await page.locator('.word-list').waitFor();
    await expect.poll(live).toEqual([true]);
    await page.getByRole('button', { name: 'Close the camera' }).click();
    await expect.poll(live).toEqual([false]);
  });

  it('says what is wrong with a file that is no image, and with a model that is none', async () => {
    const page = await pages.open('try');
    await page.locator('.drop input[type=file]').setInputFiles({
      name: 'notes.png',
      mimeType: 'image/png',
      buffer: Buffer.from('not an image'),
    });
    await page.getByText('is not an image that this browser can read').waitFor();
    await page.getByLabel('Model file').setInputFiles({
      name: 'broken.safetensors',
      mimeType: 'application/octet-stream',
      buffer: Buffer.from('not a model'),
    });
    await page.locator('.model-bar [role=alert]').getByText('broken.safetensors').waitFor();
  });

  it.each(['light', 'dark'] as const)('is accessible and fits 380 pixels (%s)', async (colorScheme) => {
    const page = await pages.open('try', { colorScheme, width: 380 });
    await drawExamples(page);
    await page.locator('.examples .picture').first().click();
    await page.locator('.word-list').waitFor();
    await expectAccessible(page);
    await expectNarrow(page);
  });
});
