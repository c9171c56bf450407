/** The list of runs and one run's results, from a real server. */

import { appendFileSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { foldFiles } from '../../src/crossval/run-file.js';
import { writeReport } from '../../src/report/write-report.js';
import { liveRunSchema } from '../../src/server/messages/live.js';
import { type RunListing, runsSchema } from '../../src/server/messages/runs.js';
import { summariseRun } from '../../src/statistics/index.js';
import { ask, makeRun, studioOf, temporaryFolder } from './support.js';

const root = temporaryFolder();
const runs = join(root, 'runs');
const outside = join(root, 'outside');
let url: string;
let list: RunListing[];
const named = (path: string) => list.find((run) => run.path === path)!;

beforeAll(async () => {
  makeRun(runs, 'done');
  makeRun(runs, 'reported');
  await writeReport(join(runs, 'reported'), { images: false, permutations: 50, resamples: 50 });
  makeRun(runs, 'half', { unfinished: 1 });
  makeRun(runs, 'training', { unfinished: 2 });
  makeRun(runs, 'seeds/seed-1');
  makeRun(runs, 'seeds/seed-2', { seed: 2 });
  makeRun(runs, 'fold failed', { unfinished: 1 });
  makeRun(runs, 'damaged log', { unfinished: 1 });
  makeRun(runs, 'damaged end');
  makeRun(outside, 'run');
  const files = (name: string, fold: number) => foldFiles(join(runs, name), `rotation-${fold}`);
  const lock = { pid: process.pid, host: hostname(), began: null, since: new Date().toISOString() };
  writeFileSync(files('training', 0).lock, JSON.stringify({ ...lock, pid: process.ppid }));
  const failed = {
    type: 'failed',
    fold: 'rotation-1',
    message: 'training diverged',
    hint: 'slower',
    time: '',
  };
  appendFileSync(files('fold failed', 1).log, `${JSON.stringify(failed)}\n`);
  writeFileSync(files('damaged log', 1).log, '{"type":"start"\n{"type":"epoch","fold":"rotation-1"}\n');
  writeFileSync(files('damaged end', 0).log, '{"type":"start"\n{"type":"epoch","fold":"rotation-0"}\n');
  mkdirSync(join(runs, 'broken'));
  writeFileSync(join(runs, 'broken', 'run.json'), '{"format":"a race"}');
  // Links: a run elsewhere is not found; a run's file elsewhere is not read.
  symlinkSync(join(outside, 'run'), join(runs, 'linked'));
  mkdirSync(join(runs, 'sly'));
  writeFileSync(join(outside, 'secret'), 'secret words');
  symlinkSync(join(outside, 'secret'), join(runs, 'sly', 'run.json'));
  makeRun(runs, 'sly folds');
  rmSync(join(runs, 'sly folds', 'folds'), { recursive: true });
  symlinkSync(join(outside, 'run', 'folds'), join(runs, 'sly folds', 'folds'));
  ({ url } = await studioOf(runs));
  list = runsSchema.parse((await ask(url, '/api/runs.json')).json()).runs;
});

describe('the list of runs', () => {
  it('has every run with its state and progress', () => {
    const told = list.map(({ path, state, folds: { finished, failed, total }, progress, problem }) =>
      [
        path,
        state,
        `${finished}/${failed}/${total}`,
        progress.toFixed(2),
        ...(problem ? [problem] : []),
      ].join(' '),
    );
    expect(told).toMatchInlineSnapshot(`
      [
        "broken broken 0/0/0 0.00 run.json: ✖ Invalid input: expected "lexel-run"   → at format ✖ Invalid option: expected one of 1|2   → at version ✖ Invalid input: expected string, received undefined   → at created ✖ Invalid input: …",
        "damaged end finished 2/0/2 1.00",
        "damaged log broken 0/0/0 0.00 folds/rotation-1.jsonl: line 2: ✖ Invalid input: expected number, received undefined   → at epoch ✖ Invalid input: expected number, received undefined   → at trainLoss ✖ Invalid input: expected number…",
        "done finished 2/0/2 1.00",
        "fold failed failed 1/1/2 0.60",
        "half unfinished 1/0/2 0.60",
        "reported finished 2/0/2 1.00",
        "seeds/seed-1 finished 2/0/2 1.00",
        "seeds/seed-2 finished 2/0/2 1.00",
        "sly broken 0/0/0 0.00 run.json: is a link that leads out of the folder of runs",
        "sly folds broken 0/0/0 0.00 folds: is a link that leads out of the folder of runs",
        "training training 0/0/2 0.20",
      ]
    `);
  });

  it('groups the runs that --seeds wrote, and has ids that fit in an address', () => {
    expect(list.filter(({ seeds }) => seeds === 'seeds').map(({ path }) => path)).toEqual([
      'seeds/seed-1',
      'seeds/seed-2',
    ]);
    for (const { id } of list) expect(id).toMatch(/^[A-Za-z0-9-]+$/);
    expect(new Set(list.map(({ id }) => id)).size).toBe(list.length);
  });

  it('names a run, or seeds, that the studio was started with', async () => {
    const listOf = async (folder: string) => {
      const { runs: found } = runsSchema.parse(
        (await ask((await studioOf(folder)).url, '/api/runs.json')).json(),
      );
      return found.map(({ path, seeds }) => [path, seeds]);
    };
    expect(await listOf(join(runs, 'done'))).toEqual([['done', null]]);
    expect(await listOf(join(runs, 'seeds'))).toEqual([
      ['seed-1', 'seeds'],
      ['seed-2', 'seeds'],
    ]);
    expect(await listOf(join(runs, 'seeds', 'seed-1'))).toEqual([['seed-1', null]]);
  });

  it('has headline numbers, with their nulls, only where a summary of the present folds is at hand', async () => {
    expect(list.flatMap(({ path, headline }) => (headline ? [path] : []))).toEqual(['reported']);
    const { headline } = named('reported');
    const hits = headline!.find(({ measure }) => measure === 'heldOutHit1')!;
    expect(hits).toMatchObject({ label: 'hit@1, among the held-out', unit: 'share', chance: 1 / 3 });
    expect(hits.permutationNull![0]).toBeLessThanOrEqual(hits.permutationNull![1]);

    await ask(url, `/api/runs/${named('done').id}/summary.json`);
    const after = runsSchema.parse((await ask(url, '/api/runs.json')).json()).runs;
    const computed = after.find(({ path }) => path === 'done')!.headline!;
    const own = summariseRun(join(runs, 'done')).headline.heldOutHit1;
    expect(computed.find(({ measure }) => measure === 'heldOutHit1')).toMatchObject({
      value: own.value,
      permutationNull: [own.permutationNull!.low, own.permutationNull!.high],
    });
  });
});

describe('one run', () => {
  it('has its folds with a point for each epoch', async () => {
    const live = liveRunSchema.parse((await ask(url, `/api/runs/${named('half').id}/folds.json`)).json());
    expect(live.folds.map(({ id, state, points }) => [id, state, points.length])).toEqual([
      ['rotation-0', 'finished', 6],
      ['rotation-1', 'unfinished', 2],
    ]);
    expect(live.folds[0].heldOut).toEqual(['bus', 'otter', 'pear']);
    expect(live.run).toEqual({ ...named('half'), headlineWork: undefined });
  });

  it('tells why a fold failed, and where its log is damaged', async () => {
    const failed = liveRunSchema.parse(
      (await ask(url, `/api/runs/${named('fold failed').id}/folds.json`)).json(),
    );
    expect(failed.folds[1]).toMatchObject({
      state: 'failed',
      failure: { message: 'training diverged', hint: 'slower' },
    });
    const damaged = liveRunSchema.parse(
      (await ask(url, `/api/runs/${named('damaged end').id}/folds.json`)).json(),
    );
    expect(damaged.folds.map(({ state }) => state)).toEqual(['failed', 'finished']);
    expect(damaged.folds[0].failure!.message).toMatch(/^line 2: /);
  });

  it('has the summary that lexel report writes, also to several that ask at once', async () => {
    const path = `/api/runs/${named('half').id}/summary.json`;
    const [one, two] = await Promise.all([ask(url, path), ask(url, path)]);
    expect(one.status).toBe(200);
    expect(one.text).toBe(JSON.stringify(summariseRun(join(runs, 'half'))));
    expect(two.text).toBe(one.text);
    const again = await ask(url, path, { headers: { 'if-none-match': one.headers.etag! } });
    expect([again.status, again.text]).toEqual([304, '']);
  });

  it('answers with a reason if there is nothing to show', async () => {
    const of = async (path: string, file: string) => {
      const { status, json } = await ask(url, `/api/runs/${named(path).id}/${file}`);
      const { message } = json();
      return `${status} ${message}`;
    };
    expect(await of('training', 'summary.json')).toBe('422 no fold of this run has finished yet');
    expect(await of('broken', 'folds.json')).toContain('422 run broken cannot be read: run.json: ');
    expect(await of('sly', 'summary.json')).toBe(
      '422 run sly cannot be read: run.json: is a link that leads out of the folder of runs',
    );
    expect((await ask(url, '/api/runs/none-123/folds.json')).json()).toMatchObject({
      message: 'there is no run at this address',
      code: 'LEXEL_NOT_FOUND',
    });
  });
});
