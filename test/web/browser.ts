/**
 * The studio in a real browser: Debian's Chromium, driven by playwright-core. Where it is missing, tests that need it are
 * skipped with a message.
 */

import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';
import { expect } from 'vitest';

const CHROMIUM = process.env.LEXEL_CHROMIUM ?? '/usr/bin/chromium';

/** For `describe.skipIf`. */
export const noBrowser = !existsSync(CHROMIUM);
if (noBrowser)
  console.warn(
    `skipped: tests in a browser (${CHROMIUM} is missing; install chromium, or set LEXEL_CHROMIUM)`,
  );

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export const startBrowser = (): Promise<Browser> =>
  chromium.launch({ executablePath: CHROMIUM, args: FLAGS, headless: true });

const BIN = fileURLToPath(new URL('../../bin/lexel.js', import.meta.url));

export interface RunningStudio {
  /** With a slash at the end. */
  readonly url: string;
  readonly stop: () => Promise<void>;
}

/** Starts `lexel studio` in a process of its own. @param flags after the folder of runs */
export function startStudio(runsDir: string, ...flags: string[]): Promise<RunningStudio> {
  const own = flags.includes('--port') ? flags : ['--port', '0', ...flags];
  const child = spawn(process.execPath, [BIN, 'studio', runsDir, '--json', ...own], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const stop = async () => {
    child.kill('SIGINT');
    await ended;
  };
  return new Promise((resolve, reject) => {
    let out = '';
    let err = '';
    child.stderr.on('data', (chunk) => {
      err += chunk;
    });
    child.stdout.on('data', (chunk) => {
      out += chunk;
      const url = urlIn(out);
      if (url) resolve({ url, stop });
    });
    child.once('exit', (code) => reject(new Error(`lexel studio ended with ${code}: ${err}`)));
  });
}

function urlIn(out: string): string | null {
  try {
    const { url } = JSON.parse(out) as { url: string };
    return url;
  } catch {
    return null; // not all of it yet
  }
}

/** What a page must never do: reported problems, and requests to other places. */
export interface Watched {
  readonly page: Page;
  /** Errors of the console, uncaught errors, and requests that left this machine. */
  readonly faults: string[];
}

/** @param accepted messages of the console that a test provokes */
export async function openPage(
  browser: Browser,
  options: { colorScheme?: 'light' | 'dark'; width?: number; height?: number; accepted?: RegExp } = {},
): Promise<Watched> {
  const { colorScheme = 'light', width = 1280, height = 720, accepted } = options;
  const context = await browser.newContext({ viewport: { width, height }, colorScheme });
  const page = await context.newPage();
  const faults: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' && !accepted?.test(message.text()))
      faults.push(`${message.text()} ${message.location().url}`);
  });
  page.on('pageerror', (error) => faults.push(String(error)));
  page.on('request', (request) => {
    const url = new URL(request.url());
    if (!['data:', 'blob:', 'file:'].includes(url.protocol) && url.hostname !== '127.0.0.1')
      faults.push(request.url());
  });
  return { page, faults };
}

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

interface AxeAnswer {
  readonly violations: readonly {
    readonly id: string;
    readonly impact: string;
    readonly nodes: readonly { readonly html: string }[];
  }[];
}

/** Expects no serious finding of axe (WCAG 2.2 A and AA). */
export async function expectAccessible(page: Page): Promise<void> {
  await page.evaluate(AXE);
  const { violations } = (await page.evaluate(
    `axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa'] })`,
  )) as AxeAnswer;
  const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
  expect(serious.map(({ id, nodes }) => `${id}: ${nodes.slice(0, 3).map(({ html }) => html)}`)).toEqual([]);
}

/** Expects that the page as a whole does not scroll sideways, once what is drawn has followed the window. */
export async function expectNarrow(page: Page): Promise<void> {
  const excess = () =>
    page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  await expect.poll(excess).toBeLessThanOrEqual(0);
}
