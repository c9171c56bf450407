/** The pages of runs, results and comparisons, used as a person would, on made-up runs and a trained one. */

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { noChromium, startChromium } from '../chromium.js';
import { lexel } from '../cli/lexel.js';
import { makeRun, temporaryFolder } from '../server/support.js';
import { expectAccessible } from './axe.js';
import { expectNarrow, openPage, type RunningStudio, startStudio } from './browser.js';

describe.skipIf(noChromium)('the studio', () => {
  const root = temporaryFolder();
  let browser: Browser;
  let studio: RunningStudio;

  beforeAll(async () => {
    makeRun(root, 'first', { signal: 0.9 });
    makeRun(root, 'second', { signal: 0.2 });
    for (const seed of [1, 2]) makeRun(root, `many/seed-${seed}`, { seed });
    mkdirSync(join(root, 'damaged'));
    writeFileSync(join(root, 'damaged', 'run.json'), '{"format":');
    // Real shapes, whose images are at hand; small, because what it learns does not matter here.
    const trained = await lexel([
      ...['loo', '--data', 'shapes', '--words', 'shapes', '--net', 'lite', '--protocol', 'holdout:6'],
      ...['--folds', '0-1', '--epochs', '1', '--limit', '600', '--out', join(root, 'shapes')],
    ]);
    expect(trained.code, trained.err).toBe(0);
    browser = await startChromium();
    studio = await startStudio(root);
  });
  afterAll(async () => {
    await browser?.close();
    await studio?.stop();
  });

  const go = (page: Page, hash: string) => page.goto(`${studio.url}${hash}`);
  const idOf = async (path: string): Promise<string> => {
    const { runs } = (await (await fetch(`${studio.url}api/runs.json`)).json()) as {
      runs: { id: string; path: string }[];
    };
    return runs.find((run) => run.path === path)!.id;
  };

  /** Opens the results of a run. They hear the pointer when their figures can be saved. */
  async function openResults(page: Page, id: string): Promise<void> {
    await go(page, `#/results/${id}`);
    await page.locator('.figure-tools').first().waitFor();
  }

  it('lists runs, filters, sorts, and keeps all of it in the address', async () => {
    const { page, faults } = await openPage(browser);
    await go(page, '');
    const status = page.locator('main [role=status]').first();
    await expect.poll(() => status.textContent()).toContain('6 of 6 runs');
    // Seeds are one row, a run that cannot be read tells why.
    expect(await page.locator('tbody tr').count()).toBe(5);
    expect(await page.locator('.problem').textContent()).toContain('is not JSON');
    await page.getByRole('button', { name: 'many, 2 seeds' }).click();
    await page.getByRole('link', { name: 'seed 2', exact: true }).waitFor();

    await page.getByRole('searchbox', { name: 'Filter runs' }).fill('second');
    await expect.poll(() => status.textContent()).toContain('1 of 6 runs');
    await expect.poll(() => page.url()).toContain('q=second');
    await page.reload();
    await expect.poll(() => status.textContent()).toContain('1 of 6 runs');
    await page.getByRole('searchbox', { name: 'Filter runs' }).fill('nothing like this');
    await page.getByRole('button', { name: 'Show all 6 runs' }).click();

    await page.getByRole('button', { name: 'Run', exact: true }).click();
    const names = page.locator('tbody tr td:nth-child(2) :is(a, b, .fold):first-child');
    await expect.poll(() => names.first().textContent()).toBe('damaged');
    await page.getByRole('button', { name: 'Run', exact: true }).click();
    await expect.poll(() => names.first().textContent()).toBe('shapes');
    await expect.poll(() => page.url()).toContain('sort=-name');
    expect(faults).toEqual([]);
  });

  it('compares selected runs with the numbers of lexel compare', async () => {
    const { page, faults } = await openPage(browser);
    await go(page, '#/runs');
    await page.getByRole('checkbox', { name: 'Compare first' }).check();
    await page.getByRole('checkbox', { name: 'Compare second' }).check();
    await page.getByRole('link', { name: 'Compare 2 runs' }).click();
    await page.getByRole('heading', { name: 'B less A' }).waitFor();
    const printed = await lexel(['compare', join(root, 'first'), join(root, 'second'), '--json']);
    const { rows } = JSON.parse(printed.out) as { rows: { measure: string; values: number[] }[] };
    const [own, other] = rows.find(({ measure }) => measure === 'rank')!.values;
    const cells = page
      .locator('table')
      .first()
      .locator('tr', { hasText: 'mean rank, among all labels' })
      .locator('td');
    await expect.poll(() => cells.nth(0).textContent()).toContain(own.toFixed(2));
    await expect.poll(() => cells.nth(1).textContent()).toContain(other.toFixed(2));
    await expectAccessible(page);
    expect(faults).toEqual([]);
  });

  it('shows the result first, with every number next to chance, and every figure', async () => {
    const { page, faults } = await openPage(browser);
    const id = await idOf('shapes');
    await openResults(page, id);
    expect(await page.locator('.result').textContent()).toMatch(
      /^Shown images of 6 classes .*guessing gives 17 %/,
    );
    const tile = page.locator('.tile', { hasText: 'hit@1' });
    expect(await tile.textContent()).toContain('chance 16.7 %');
    // The point of the page is there without scrolling.
    const box = await tile.boundingBox();
    expect(box!.y + box!.height).toBeLessThan(720);
    const { figures } = (await (await fetch(`${studio.url}api/runs/${id}/results.json`)).json()) as {
      figures: string[];
    };
    expect(figures.length).toBeGreaterThan(7);
    for (const name of figures)
      expect(await page.locator(`figure[data-figure=${name}] svg`).count()).toBeGreaterThan(0);
    // A number without its null would be a number out of context.
    expect(await page.locator('.tile').count()).toBeGreaterThan(3);
    for (const text of await page.locator('.tile').allTextContents()) expect(text).toMatch(/chance|null/);
    expect(faults).toEqual([]);
  });

  it('lights up a class everywhere, and shows its numbers, words and images', async () => {
    const { page, faults } = await openPage(browser);
    const id = await idOf('shapes');
    await openResults(page, id);
    const dot = page.locator('figure[data-figure=classes] circle[data-class]').first();
    await dot.scrollIntoViewIfNeeded();
    const label = decodeURIComponent((await dot.getAttribute('data-class'))!);
    await dot.hover();
    const panel = page.locator('.class-panel');
    await expect.poll(() => panel.locator('h2').textContent()).toBe(label.replaceAll('_', ' '));
    const lit = `.lit[data-class~="${encodeURIComponent(label)}"]`;
    for (const where of ['figure[data-figure=classes]', 'figure[data-figure=word-map]', '.class-table tbody'])
      await page.locator(`${where} ${lit}`).first().waitFor({ state: 'attached' });
    await panel.locator('.class-images img').first().waitFor();
    expect(await panel.locator('.class-images > li').count()).toBeGreaterThan(3);
    expect(await panel.locator('.nearest').textContent()).toMatch(/^Nearest seen words: .+\(0\.\d\d\)/);
    await dot.click();
    await expect.poll(() => page.url()).toContain(`class=${label}`);
    // What was kept is there for the next reader, and with the keyboard.
    await page.reload();
    await expect.poll(() => panel.locator('h2').textContent()).toBe(label.replaceAll('_', ' '));
    await panel.getByLabel('Show a class').selectOption({ index: 2 });
    await expect.poll(() => panel.locator('h2').textContent()).not.toBe(label.replaceAll('_', ' '));
    expect(faults).toEqual([]);
  });

  it('tells why a class has no images where the data set is missing', async () => {
    const { page, faults } = await openPage(browser);
    await go(page, `#/results/${await idOf('first')}?class=otter`);
    await expect.poll(() => page.locator('.class-panel').textContent()).toContain('No images:');
    expect(faults).toEqual([]);
  });

  it('filters and sorts classes, and saves figures and numbers', async () => {
    const { page, faults } = await openPage(browser);
    const id = await idOf('first');
    await openResults(page, id);
    const table = page.locator('.class-table');
    await page.getByRole('searchbox', { name: 'Filter classes' }).fill('o');
    await expect.poll(() => table.locator('tbody tr').count()).toBe(2);
    await page.getByRole('searchbox', { name: 'Filter classes' }).fill('');
    await table.getByRole('button', { name: 'Class', exact: true }).click();
    await expect.poll(() => table.locator('tbody tr').first().textContent()).toContain('bear');

    const saved = async (click: () => Promise<void>) => {
      const [download] = await Promise.all([page.waitForEvent('download'), click()]);
      return readFileSync(await download.path());
    };
    const figure = page.locator('figure[data-figure=figure-3]');
    const svg = await saved(() => figure.getByRole('button', { name: 'as SVG' }).click());
    expect(svg.toString()).toBe(
      await (await fetch(`${studio.url}api/runs/${id}/figures/figure-3.svg`)).text(),
    );
    const png = await saved(() => figure.getByRole('button', { name: 'as PNG' }).click());
    expect(png.subarray(1, 4).toString()).toBe('PNG');
    const csv = await saved(() => page.getByRole('button', { name: 'Classes as CSV' }).click());
    expect(csv.toString()).toMatch(/^fold,class,label,/);
    const shown = await saved(() => page.getByRole('button', { name: 'Save these rows' }).click());
    expect(shown.toString().trim().split('\r\n')).toHaveLength(7);
    expect(faults).toEqual([]);
  });

  it('explains its terms on hover and on focus', async () => {
    const { page, faults } = await openPage(browser);
    await openResults(page, await idOf('first'));
    const term = page.locator('button.term', { hasText: /^permutation null$/i }).first();
    await term.scrollIntoViewIfNeeded();
    await term.hover();
    await expect.poll(() => page.locator('#tip').textContent()).toContain('exchanged among them at random');
    await page.keyboard.press('Escape');
    await page.locator('#tip').waitFor({ state: 'hidden' });
    expect(faults).toEqual([]);
  });

  it('works with the keyboard alone', async () => {
    const { page, faults } = await openPage(browser);
    await go(page, '#/runs');
    await page.locator('tbody tr').first().waitFor();
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.locator('#main:focus').waitFor();
    const seen = new Set<string>();
    for (let step = 0; step < 40; step++) {
      await page.keyboard.press('Tab');
      const at = await page.evaluate(() => document.activeElement?.textContent ?? '');
      if (at === 'first') break;
      seen.add(at);
    }
    expect([...seen].some((text) => text.startsWith('State'))).toBe(true);
    await page.keyboard.press('Enter');
    await page.locator('.result').waitFor();
    await page.locator('#main:focus').waitFor();
    expect(faults).toEqual([]);
  });

  it('follows the reader’s choice of light and dark, figures too', async () => {
    const { page, faults } = await openPage(browser);
    await openResults(page, await idOf('first'));
    const bar = page.locator('figure[data-figure=figure-3] rect[data-class]').first();
    await bar.waitFor();
    const colours = () =>
      Promise.all([
        bar.evaluate((element) => getComputedStyle(element).fill),
        page.evaluate(() => getComputedStyle(document.body).backgroundColor),
      ]);
    const before = await colours();
    await page.getByLabel('Colours').selectOption('dark');
    await expect.poll(async () => (await colours()).filter((one, i) => one === before[i])).toEqual([]);
    const after = await colours();
    await page.reload();
    await bar.waitFor();
    await expect.poll(colours).toEqual(after);
    expect(faults).toEqual([]);
  });

  it.each(['light', 'dark'] as const)(
    'has no serious finding of axe and fits 380 px, %s',
    async (colorScheme) => {
      const { page, faults } = await openPage(browser, { colorScheme });
      const id = await idOf('shapes');
      for (const [hash, ready] of [
        ['#/runs', 'tbody tr'],
        [`#/run/${id}`, '.fold-cell'],
        [`#/results/${id}?class=${encodeURIComponent('red_circle')}`, '.result'],
        ['#/compare', '.empty'],
        ['#/nothing', '[role=alert]'],
      ]) {
        await page.setViewportSize({ width: 1280, height: 720 });
        await go(page, hash);
        await page.locator(ready).first().waitFor();
        await expectAccessible(page);
        await page.setViewportSize({ width: 380, height: 700 });
        await expectNarrow(page);
      }
      expect(faults).toEqual([]);
    },
  );

  it('follows a link also where the page changes its own address meanwhile', async () => {
    const { page, faults } = await openPage(browser);
    /** In one task: the browser tells the page of the new address only later. */
    const goAndFilter = (hash: string) =>
      page.evaluate((to) => {
        location.hash = to;
        const filter = document.querySelector<HTMLInputElement>('input[type=search]')!;
        filter.value = 'second';
        filter.dispatchEvent(new InputEvent('input', { bubbles: true }));
      }, hash);
    await go(page, '#/runs');
    await page.locator('tbody tr').first().waitFor();
    await goAndFilter('#/runs?sort=name');
    await expect.poll(() => page.url()).toMatch(/#\/runs\?sort=name&q=second$/);
    await page.locator('tbody tr').first().waitFor();
    await goAndFilter('#/compare');
    await page.locator('.empty').waitFor();
    await expect.poll(() => page.url()).toMatch(/#\/compare$/);
    expect(faults).toEqual([]);
  });

  it('says what to do where there is no run, and where the studio has stopped', async () => {
    const empty = await startStudio(temporaryFolder());
    const { page, faults } = await openPage(browser, { accepted: /ERR_CONNECTION_REFUSED/ });
    await page.goto(empty.url);
    await page.getByRole('heading', { name: 'No runs yet' }).waitFor();
    expect(await page.locator('.empty').textContent()).toContain('lexel demo');
    await empty.stop();
    await page.goto(`${empty.url}#/results/x`).catch(() => undefined);
    await page.evaluate(() => {
      location.hash = '#/results/some-run';
    });
    await expect
      .poll(() => page.locator('[role=alert]').textContent())
      .toContain('Is `lexel studio` still running?');
    expect(faults).toEqual([]);
  });
});
