/** Chromium, driven by playwright-core. Where it is missing, tests that need it are skipped with a message. */

import { existsSync } from 'node:fs';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { onTestFinished } from 'vitest';
import { CHROMIUM } from '../scripts/chromium.mjs';

export { startChromium, WEBGL, WITHOUT_GRAPHICS } from '../scripts/chromium.mjs';

/** For `describe.skipIf`. */
export const noChromium = !existsSync(CHROMIUM);
if (noChromium)
  console.warn(
    `skipped: tests in a browser (${CHROMIUM} is missing; install chromium, or set LEXEL_CHROMIUM)`,
  );

/** Milliseconds that a page may take for one step: it may train a network, beside other tests, on two cores. */
export const PATIENCE = 90_000;

/**
 * A page with an empty storage, for one test, after which it is closed. What an action changes may show later, in the page
 * and in `page.url()`: so tests wait for it, with `expect.poll` or `waitFor`.
 * @param onError is given what the page throws and does not catch; by default it fails the tests
 */
export async function newPage(
  browser: Browser,
  onError: (error: Error) => void = fail,
  options: BrowserContextOptions = {},
): Promise<Page> {
  const context = await browser.newContext(options);
  onTestFinished(() => context.close());
  context.setDefaultTimeout(PATIENCE);
  const page = await context.newPage();
  page.on('pageerror', onError);
  return page;
}

function fail(error: Error): never {
  throw error;
}
