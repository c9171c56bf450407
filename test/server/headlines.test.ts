/** Headlines that the list of runs lacks are computed in the background, without delaying requests. */

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { foldFiles } from '../../src/crossval/run-file.js';
import { type RunListing, runsSchema } from '../../src/server/messages/runs.js';
import type { RunningStudio } from '../../src/server/studio.js';
import { summariseRun } from '../../src/statistics/index.js';
import { ask, makeRun, PATIENT, studioOf, temporaryFolder } from './support.js';

/** Makes a run that began on a day of January 2026. */
function makeRunOf(day: number, root: string, ...[name, options]: [string, Parameters<typeof makeRun>[2]?]) {
  const run = makeRun(root, name, options);
  const created = `2026-01-${String(day).padStart(2, '0')}T12:00:00.000Z`;
  writeFileSync(join(root, name, 'run.json'), JSON.stringify({ ...run, created }));
}

async function listOf({ url }: RunningStudio): Promise<Map<string, RunListing>> {
  const { runs } = runsSchema.parse((await ask(url, '/api/runs.json')).json());
  return new Map(runs.map((run) => [run.path, run]));
}

/** Expects that the numbers of runs come one after another, as far as the list tells: some may come between two looks. */
async function expectComputed(studio: RunningStudio, expected: readonly string[]): Promise<void> {
  const order: string[] = [];
  await expect
    .poll(
      async () => {
        const list = await listOf(studio);
        const come = [...list.values()].filter(({ path, headline }) => headline && !order.includes(path));
        order.push(...come.map(({ path }) => path).sort((a, b) => expected.indexOf(a) - expected.indexOf(b)));
        return [...list.values()].filter(({ headlineWork: work }) => work && work.state !== 'failed').length;
      },
      { interval: 10, timeout: PATIENT },
    )
    .toBe(0);
  expect(order).toEqual(expected);
}

/** As many classes as CIFAR-100 has, each held out on its own: the summary takes seconds. */
const LONG = {
  ...{ classes: Array.from({ length: 100 }, (_, i) => `class-${i}`), superclasses: [], superclassOf: [] },
  ...{ groups: Array.from({ length: 100 }, (_, i) => [i]), protocol: 'loo', images: 60, dimension: 50 },
};

describe('missing headlines', () => {
  it('are computed after the list was asked for, the newest first, and none of a run that trains', async () => {
    const root = temporaryFolder();
    makeRunOf(2, root, 'second');
    makeRunOf(4, root, 'fourth', { unfinished: 1 });
    makeRunOf(1, root, 'first');
    makeRunOf(3, root, 'third');
    makeRunOf(5, root, 'trains', { unfinished: 1 });
    const lock = { pid: process.pid, host: hostname(), began: null, since: new Date().toISOString() };
    writeFileSync(foldFiles(join(root, 'trains'), 'rotation-1').lock, JSON.stringify(lock));
    const studio = await studioOf(root);
    const before = await listOf(studio);
    expect(before.get('trains')!.state).toBe('training');
    expect(
      [...before.values()].map(({ path, headline, headlineWork: work }) => [path, headline, work]),
    ).toEqual([
      ...['first', 'fourth', 'second', 'third'].map((path) => [path, null, { state: 'waiting' }]),
      ['trains', null, undefined],
    ]);
    await expectComputed(studio, ['fourth', 'third', 'second', 'first']);
    const { headline } = (await listOf(studio)).get('second')!;
    const own = summariseRun(join(root, 'second')).headline.heldOutHit1;
    expect(headline!.find(({ measure }) => measure === 'heldOutHit1')).toMatchObject({
      value: own.value,
      permutationNull: [own.permutationNull!.low, own.permutationNull!.high],
    });
  });

  it('tell why they cannot be computed, and do not keep the others waiting', async () => {
    const root = temporaryFolder();
    makeRunOf(1, root, 'whole');
    makeRunOf(2, root, 'damaged');
    const { log } = foldFiles(join(root, 'damaged'), 'rotation-0');
    writeFileSync(log, '{"type":"start"\n{"type":"epoch","fold":"rotation-0"}\n');
    const studio = await studioOf(root);
    await expectComputed(studio, ['whole']);
    const { headlineWork: work } = (await listOf(studio)).get('damaged')!;
    expect(work!.state).toBe('failed');
    expect(work!.problem).toMatch(/^folds\/rotation-0\.jsonl: line 2: /);
  });

  it('give way to requests for results', async () => {
    const root = temporaryFolder();
    makeRunOf(2, root, 'long', LONG);
    makeRunOf(1, root, 'short');
    const studio = await studioOf(root);
    const workOf = async (path: string) => (await listOf(studio)).get(path)!.headlineWork?.state;
    await expect.poll(() => workOf('long'), { interval: 10 }).toBe('computing');
    const { id } = (await listOf(studio)).get('short')!;
    expect((await ask(studio.url, `/api/runs/${id}/results.json`)).status).toBe(200);
    expect(await workOf('long')).toMatch(/waiting|computing/);
    expect(await workOf('short')).toBeUndefined();
    await expectComputed(studio, ['short', 'long']);
  });

  it('are computed once, also where the cache cannot be written', async () => {
    const root = temporaryFolder();
    makeRun(root, 'run');
    const file = join(temporaryFolder(), 'a file');
    writeFileSync(file, '');
    const studio = await studioOf(root, { cacheDir: file });
    await listOf(studio);
    await expectComputed(studio, ['run']);
  });

  it.runIf(process.platform === 'linux')('leave the processors to others', async () => {
    const root = temporaryFolder();
    makeRun(root, 'long', LONG);
    const studio = await studioOf(root);
    await expect
      .poll(async () => (await listOf(studio)).get('long')!.headlineWork?.state, { interval: 10 })
      .toBe('computing');
    await expect.poll(() => lowThreads(), { interval: 10 }).toBe(1);
    await studio.close();
  });
});

/** Threads of this process of lower priority (nice 10). */
function lowThreads(): number {
  const niceOf = (thread: string) => {
    try {
      const stat = readFileSync(`/proc/self/task/${thread}/stat`, 'utf8');
      return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[16]);
    } catch {
      return null; // it has just ended
    }
  };
  return readdirSync('/proc/self/task').filter((thread) => niceOf(thread) === 10).length;
}
