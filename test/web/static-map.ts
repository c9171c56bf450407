/** The pages and the files of one run's map, as an export has them, behind a web server with the studio's headers. */

import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join, normalize } from 'node:path';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, expect } from 'vitest';
import type { ExperimentOptions } from '../../src/crossval/index.js';
import { HEADERS } from '../../src/server/http/headers.js';
import { pagesFolder, typeOf } from '../../src/server/http/pages.js';
import { mapFile, mapFileNames, RunMap, type RunMapOptions } from '../../src/server/map/run-map.js';
import { ALL_FOLDS } from '../../src/server/messages/map.js';
import { loadRun } from '../../src/statistics/index.js';
import { newPage, startChromium, WEBGL } from '../chromium.js';
import { SHAPES } from '../crossval/shapes-options.js';
import { madeRun } from '../server/map/made-run.js';
import { temporaryFolder } from '../server/support.js';

/** Writes pages and map of a run. @param id of the run in addresses */
async function writeMapSite(
  to: string,
  dir: string,
  id: string,
  folds: readonly (string | undefined)[],
  options: RunMapOptions = {},
) {
  cpSync(pagesFolder(), to, { recursive: true });
  const data = loadRun(dir);
  for (const fold of folds) {
    const map = RunMap.open(data, { ...options, fold });
    const folder = join(to, 'api', 'runs', id, 'maps', fold ?? ALL_FOLDS);
    mkdirSync(folder, { recursive: true });
    for (const name of mapFileNames(await map.about()))
      writeFileSync(join(folder, name), (await mapFile(map, name))!);
  }
  mkdirSync(dirname(join(to, 'api', 'studio.json')), { recursive: true });
  const studio = { version: '0', mode: 'export', allowRuns: false, runsDir: 'runs', images: true };
  writeFileSync(join(to, 'api', 'studio.json'), JSON.stringify(studio));
}

/** Serves a folder on a free port. */
async function serve(folder: string): Promise<{ url: string; close: () => void }> {
  const server = createServer((request, response) => {
    const path = normalize(new URL(request.url!, 'http://x').pathname).replace(/^\/$/, '/index.html');
    const file = join(folder, path);
    for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value);
    if (!existsSync(file)) {
      response.writeHead(404).end('{}');
      return;
    }
    response.writeHead(200, { 'content-type': typeOf(path) }).end(readFileSync(file));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/`, close: () => server.close() };
}

/**
 * For the tests of a `describe`: the map of a run of drawn shapes, in Chromium with WebGL. Errors of its pages fail after
 * the tests.
 * @param folds those that have a map; undefined: all of them together
 */
export function mapInChromium(
  options: Pick<ExperimentOptions, 'selection'> & Partial<ExperimentOptions>,
  folds: readonly (string | undefined)[],
) {
  const root = temporaryFolder();
  const errors: Error[] = [];
  let browser: Browser;
  let site: Awaited<ReturnType<typeof serve>>;
  beforeAll(async () => {
    await madeRun(join(root, 'run'), { ...SHAPES, protocol: 'holdout:6', ...options });
    await writeMapSite(join(root, 'site'), join(root, 'run'), 'demo', folds, {
      cache: join(root, 'layouts'),
    });
    site = await serve(join(root, 'site'));
    browser = await startChromium(WEBGL);
  });
  afterAll(async () => {
    await browser?.close();
    site?.close();
    expect(errors.map(({ stack }) => stack)).toEqual([]);
  });
  return {
    newPage: (context?: BrowserContextOptions): Promise<Page> =>
      newPage(browser, (error) => errors.push(error), context),
    /** @param query of the map's address, such as `?method=umap` */
    address: (query = '') => `${site.url}#/map/demo${query}`,
  };
}
