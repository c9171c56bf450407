/** A page of Chromium that has loaded `lexel/browser`, served with the package's assets from this machine. */

import { existsSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, normalize } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { PATIENCE, startChromium } from '../chromium.js';
import { bundleBrowser, root } from './bundle.js';

const TYPES: Readonly<Record<string, string>> = {
  html: 'text/html',
  js: 'text/javascript',
  wasm: 'application/wasm',
};

export interface OpenPage {
  readonly page: Page;
  /** What the page requested, as paths. */
  readonly requests: readonly string[];
  close(): Promise<void>;
}

/** Opens a page whose `window.lexel` is the bundle. Below /assets/ it has the assets of the package. */
export async function openPage(): Promise<OpenPage> {
  const { code } = await bundleBrowser();
  const requests: string[] = [];
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://page').pathname;
    requests.push(path);
    const body =
      path === '/'
        ? '<!doctype html><title>test</title><script type="module">import * as lexel from "/lexel.js"; window.lexel = lexel;</script>'
        : path === '/lexel.js'
          ? code
          : path.startsWith('/assets/') && existsSync(join(root, normalize(path)))
            ? readFileSync(join(root, normalize(path)))
            : undefined;
    const type = TYPES[path === '/' ? 'html' : (path.split('.').at(-1) ?? '')] ?? 'application/octet-stream';
    response.writeHead(body === undefined ? 404 : 200, { 'content-type': type }).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  let browser: Browser | undefined;
  const close = async () => {
    await browser?.close();
    await closed(server);
  };
  try {
    browser = await startChromium();
    const page = await browser.newPage();
    page.setDefaultTimeout(PATIENCE);
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    await page.waitForFunction('window.lexel !== undefined');
    return { page, requests, close };
  } catch (error) {
    await close();
    throw error;
  }
}

const closed = (server: Server) => new Promise<void>((resolve) => server.close(() => resolve()));
