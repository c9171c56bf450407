/** Exports: for a plain web host below a path, and one page. */

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { foldFiles } from '../../src/crossval/run-file.js';
import { writeWorkersFile } from '../../src/crossval/workers-file.js';
import { type Exported, exportStudio } from '../../src/server/export/export-studio.js';
import { liveRunSchema } from '../../src/server/messages/live.js';
import { classImagesSchema, resultsSchema } from '../../src/server/messages/results.js';
import { runsSchema } from '../../src/server/messages/runs.js';
import { studioSchema } from '../../src/server/messages/studio.js';
import { PATHS } from '../../src/server/paths.js';
import { ask, makeRun, temporaryFolder } from './support.js';

const root = temporaryFolder();
const runs = join(root, 'runs');
const folder = join(root, 'host', 'lexel');
const file = join(root, 'one.html');
let exported: Exported;
let server: Server;
let url: string;

beforeAll(async () => {
  makeRun(runs, 'done');
  makeRun(runs, 'begun', { unfinished: 2 });
  mkdirSync(join(runs, 'broken'));
  writeFileSync(join(runs, 'broken', 'run.json'), '{}');
  exported = await exportStudio({
    runsDir: runs,
    folder,
    file,
    images: false,
    cacheDir: join(root, 'cache'),
  });
  server = createServer((request, response) => {
    const path = join(root, 'host', decodeURIComponent(request.url!));
    const found = existsSync(path);
    response.statusCode = found ? 200 : 404;
    response.end(found ? readFileSync(path) : '');
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
});
afterAll(() => server.close());

describe('an export', () => {
  it('is served by any web host', async () => {
    const json = async (path: string) => (await ask(url, `/lexel/api/${path}`)).json();
    expect(studioSchema.parse(await json(PATHS.studio))).toMatchObject({ mode: 'export', allowRuns: false });
    const list = runsSchema.parse(await json(PATHS.runs)).runs;
    expect(list.map(({ path, state, headline }) => [path, state, headline !== null])).toEqual([
      ['begun', 'unfinished', false],
      ['broken', 'broken', false],
      ['done', 'finished', true],
    ]);
    const { id } = list[2];
    const results = resultsSchema.parse(await json(PATHS.results(id)));
    expect(results.readings).toEqual([{ name: 'regression', own: true }]);
    for (const name of results.figures)
      expect((await ask(url, `/lexel/api/${PATHS.figure(id, name)}`)).text).toMatch(/^<svg/);
    for (const { class: index } of results.classes)
      expect(classImagesSchema.parse(await json(PATHS.classImages(id, index))).missing!.hint).toContain(
        '--images',
      );
    expect((await ask(url, `/lexel/api/${PATHS.map(id)}`)).status).toBe(200);
    const page = (await ask(url, '/lexel/index.html')).text;
    const [, script] = /<script[^>]* src="\.\/([^"]+)"/.exec(page)!;
    expect((await ask(url, `/lexel/${script}`)).status).toBe(200);
    expect(exported).toMatchObject({ runs: 3, leftOut: [] });
  });

  it('does not name the machines that train', async () => {
    const queued = join(root, 'queued');
    makeRun(queued, 'trains', { unfinished: 2 });
    const fold = { fold: 'rotation-0', epoch: 1, epochs: 5, imagesPerSecond: 10 };
    const about = { id: 'a', host: 'secret-machine', pid: 123, cores: 2, since: '2026-01-01T12:00:00.000Z' };
    writeWorkersFile(join(queued, 'trains'), [{ ...about, folds: [fold], others: 0 }]);
    const own = join(root, 'host', 'queued');
    await exportStudio({ runsDir: queued, folder: own, images: false, cacheDir: join(root, 'cache') });
    const [{ id, state }] = runsSchema.parse(
      JSON.parse(readFileSync(join(own, 'api', PATHS.runs), 'utf8')),
    ).runs;
    const folds = readFileSync(join(own, 'api', PATHS.folds(id)), 'utf8');
    expect(state).toBe('elsewhere');
    expect(liveRunSchema.parse(JSON.parse(folds)).workers).toEqual([]);
    expect(folds).not.toContain('secret-machine');
  });

  it('replaces an earlier export, and nothing else', async () => {
    const again = () => exportStudio({ runsDir: runs, folder, images: false, cacheDir: join(root, 'cache') });
    writeFileSync(join(folder, 'api', 'stale.json'), '');
    await again();
    expect(existsSync(join(folder, 'api', 'stale.json'))).toBe(false);
    writeFileSync(join(folder, 'mine.txt'), '');
    await expect(again()).rejects.toThrow('contains something else than an export: mine.txt');
  });
});

describe('an export of a run whose numbers cannot be computed', () => {
  it('has the reason in the list', async () => {
    const damaged = join(root, 'damaged runs');
    makeRun(damaged, 'run');
    writeFileSync(foldFiles(join(damaged, 'run'), 'rotation-0').log, '{"type":"start"\n{"type":"epoch"}\n');
    const out = join(root, 'damaged');
    const { leftOut } = await exportStudio({
      ...{ runsDir: damaged, folder: out, images: false, cacheDir: join(root, 'cache') },
    });
    expect(leftOut.map(({ run, what }) => [run, what])).toEqual([['run', 'results']]);
    const [run] = runsSchema.parse(JSON.parse(readFileSync(join(out, 'api', PATHS.runs), 'utf8'))).runs;
    expect(run.headlineWork).toEqual({ state: 'failed', problem: leftOut[0].reason });
  });
});

describe('one page', () => {
  it('has everything inside, and may load nothing', () => {
    const page = readFileSync(file, 'utf8');
    const [, policy] = /http-equiv="Content-Security-Policy" content="([^"]+)"/.exec(page)!;
    expect(policy).toMatch(/^default-src 'none'; script-src 'sha256-/);
    const head = page.slice(0, page.indexOf('<script>'));
    expect(head).not.toMatch(/<script [^>]*src=|<link rel="stylesheet"/);
    const [, data] = /<script>globalThis\.LEXEL_FILES=(.*?);<\/script>/.exec(page)!;
    const files = JSON.parse(data) as Record<string, string>;
    const text = Buffer.from(files[PATHS.runs], 'base64').toString('utf8');
    expect(runsSchema.parse(JSON.parse(text)).runs).toHaveLength(3);
    expect(Object.keys(files)).toContain(PATHS.kernels);
    expect(page.match(/<\/script>/g)).toHaveLength(2);
  });
});
