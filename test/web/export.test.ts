/** Exports in a real browser: from a plain web host below a path, and as one page from disk. */

import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { noChromium, startChromium } from '../chromium.js';
import { lexel } from '../cli/lexel.js';
import { makeRun, temporaryFolder } from '../server/support.js';
import { trainedRun } from '../server/trained-run.js';
import { openPage } from './browser.js';

const TYPES: Record<string, string> = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css' };

describe.skipIf(noChromium)('an export', () => {
  const root = temporaryFolder();
  const single = join(root, 'one.html');
  let browser: Browser;
  let server: Server;
  let hosted: string;

  beforeAll(async () => {
    const runs = join(root, 'runs');
    makeRun(runs, 'first', { signal: 0.9 });
    makeRun(runs, 'second');
    await trainedRun(join(runs, 'trained'));
    const args = ['studio', runs, '--export', join(root, 'host', 'below'), '--single-file', single];
    const { code, err } = await lexel(args);
    expect(code, err).toBe(0);
    server = createServer((request, response) => {
      const path = decodeURIComponent(new URL(request.url!, 'http://host').pathname).replace(
        /\/$/,
        '/index.html',
      );
      try {
        const content = readFileSync(join(root, 'host', path));
        response.setHeader('content-type', TYPES[extname(path)] ?? 'application/octet-stream').end(content);
      } catch {
        response.writeHead(404).end();
      }
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    hosted = `http://127.0.0.1:${(server.address() as AddressInfo).port}/below/`;
    browser = await startChromium();
  });
  afterAll(async () => {
    await browser?.close();
    server?.close();
  });

  /** Uses the pages that need data, the map's worker or a network's worker. */
  async function tour(page: Page, base: string): Promise<void> {
    await page.goto(base);
    await page.getByRole('link', { name: 'first', exact: true }).click();
    await page.locator('.result').first().waitFor();
    await page.getByRole('link', { name: 'Try it' }).click();
    await page.getByRole('button', { name: 'Draw some examples' }).click();
    await page.locator('.examples .picture').nth(9).waitFor();
    await page.locator('.examples .picture').first().click();
    await expect.poll(() => page.locator('.card tbody tr').count()).toBeGreaterThan(2);
    await page.getByRole('link', { name: 'Teach it' }).click();
    await page.getByRole('button', { name: 'Train', exact: true }).click();
    await page.getByText(/Epoch 1 of/).waitFor();
    await page.getByRole('button', { name: 'Stop' }).click();
  }

  /** Uses what an export has beyond the runs, and what it says of the rest. */
  async function tourOfExtras(page: Page, base: string): Promise<void> {
    await page.goto(`${base}#/runs`);
    for (const name of ['first', 'second']) await page.getByLabel(`Compare ${name}`).check();
    await page.getByRole('link', { name: 'Compare 2 runs' }).click();
    await page.getByText('paired by class').waitFor();
    await page.getByRole('button', { name: 'Compare with this one' }).click();
    await expect.poll(() => page.locator('.compared-runs a').first().textContent()).toContain('second');
    await page.goto(`${base}#/compare`);
    await page.getByText('Not in this export: more than two runs at once').waitFor();
    await page.getByRole('link', { name: 'first and second' }).click();
    await page.getByText('paired by class').waitFor();
    await page.goto(`${base}#/runs`);
    await page.getByRole('link', { name: 'trained', exact: true }).click();
    await page.getByLabel('Reading').selectOption('eszsl');
    await expect.poll(() => page.url()).toContain('reading=eszsl');
    await page.locator('.result').waitFor();
    await page.getByRole('link', { name: 'Map', exact: true }).click();
    await page.getByLabel('Fold').selectOption('split-1');
    await page.getByText('of seen classes').waitFor();
    await page.getByText('An export has only the words of the labels').waitFor();
    await page.getByRole('link', { name: 'Try it' }).click();
    await page.locator('#model').selectOption({ label: 'split-1' });
    await page.getByText(/lite, 32 × 32 pixels, recipe poster/).waitFor();
  }

  it('works below a path of a plain web host', async () => {
    const { page, faults } = await openPage(browser);
    await tour(page, hosted);
    await tourOfExtras(page, hosted);
    expect(faults).toEqual([]);
    await page.close();
  });

  it('works as one page from disk, which loads nothing else', async () => {
    const { page, faults } = await openPage(browser);
    const loaded: string[] = [];
    page.on('request', (request) => loaded.push(request.url()));
    const address = pathToFileURL(single).href;
    await tour(page, address);
    await tourOfExtras(page, address);
    expect(faults).toEqual([]);
    expect(loaded.filter((url) => !/^(data|blob):/.test(url))).toEqual([address]);
    await page.close();
  });
});
