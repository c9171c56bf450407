/** A studio with runs, on a free port. */

import { mkdtempSync, rmSync } from 'node:fs';
import { type IncomingHttpHeaders, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { type RunningStudio, type StudioOptions, startStudio } from '../../src/server/studio.js';
import { type FakeRunOptions, fakeRun } from '../statistics/support/fake-run.js';

/** A folder that is removed after the tests of the file. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'lexel-studio-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Milliseconds for threads of low priority, which leave the processors to other tests. */
export const PATIENT = 240_000;

export const SMALL: FakeRunOptions = {
  classes: ['bus', 'otter', 'oak', 'cup', 'pear', 'bear'],
  superclasses: ['things', 'living'],
  superclassOf: [0, 1, 1, 0, 1, 1],
  groups: [
    [0, 1, 4],
    [2, 3, 5],
  ],
  protocol: 'holdout:3',
  images: 6,
};

/** A small run below `root`. */
export const makeRun = (root: string, name: string, options: Partial<FakeRunOptions> = {}) =>
  fakeRun(join(root, name), { ...SMALL, ...options });

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests compare it with what they expect
  readonly json: () => any;
}

/** Sends a path as it is written: fetch would resolve `..` and refuse to set Host. */
export function ask(
  base: string,
  path: string,
  {
    method = 'GET',
    headers = {},
    body,
  }: { method?: string; headers?: Record<string, string>; body?: string } = {},
): Promise<Answer> {
  const { hostname, port } = new URL(base);
  return new Promise((resolve, reject) => {
    const sent = request({ hostname, port, path, method, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8');
        const json = () => JSON.parse(text);
        resolve({ status: response.statusCode!, headers: response.headers, text, json });
      });
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

/** A studio on a free port, which is closed after the tests of the file. */
export async function studioOf(
  runsDir: string,
  options: Partial<StudioOptions> = {},
): Promise<RunningStudio> {
  const bugs: unknown[] = [];
  const cacheDir = mkdtempSync(join(tmpdir(), 'lexel-studio-cache-'));
  const studio = await startStudio({
    runsDir,
    port: 0,
    cacheDir,
    onBug: (bug) => bugs.push(bug),
    ...options,
  });
  afterAll(async () => {
    await studio.close();
    rmSync(cacheDir, { recursive: true, force: true });
    if (bugs.length > 0) throw bugs[0];
  });
  return studio;
}
