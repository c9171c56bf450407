/** The studio and its pages in a real browser. */

import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { expect } from 'vitest';
import { newPage } from '../chromium.js';

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
  const faults: string[] = [];
  const page = await newPage(browser, (error) => faults.push(String(error)), {
    viewport: { width, height },
    colorScheme,
  });
  page.on('console', (message) => {
    if (message.type() === 'error' && !accepted?.test(message.text()))
      faults.push(`${message.text()} ${message.location().url}`);
  });
  page.on('request', (request) => {
    const url = new URL(request.url());
    if (!['data:', 'blob:', 'file:'].includes(url.protocol) && url.hostname !== '127.0.0.1')
      faults.push(request.url());
  });
  return { page, faults };
}

/** Expects that the page as a whole does not scroll sideways, once what is drawn has followed the window. */
export async function expectNarrow(page: Page): Promise<void> {
  const excess = () =>
    page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  await expect.poll(excess).toBeLessThanOrEqual(0);
}
