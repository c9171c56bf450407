/** Starting, stopping and resuming runs from the pages, with the real command line. */

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { type StartRequest, startChoicesSchema } from '../../src/server/messages/control.js';
import { runsSchema } from '../../src/server/messages/runs.js';
import { type Answer, ask, makeRun, studioOf, temporaryFolder } from './support.js';

const runs = temporaryFolder();
let url: string;
let shows: string;
beforeAll(async () => {
  makeRun(runs, 'there');
  ({ url } = await studioOf(runs, { allowRuns: true }));
  ({ url: shows } = await studioOf(runs));
});

const JSON_TYPE = { 'content-type': 'application/json' };
const post = (path: string, body: unknown, base = url): Promise<Answer> =>
  ask(base, `/api/${path}`, { method: 'POST', headers: JSON_TYPE, body: JSON.stringify(body) });

const SMALL: StartRequest = {
  ...{ name: 'new', data: 'shapes', words: 'shapes', protocol: 'holdout:20', net: 'lite' },
  ...{ recipe: 'poster', preset: 'adamw', epochs: 200, seed: 3, limit: 640 },
};

const stateOf = async (path: string) => {
  const list = runsSchema.parse((await ask(url, '/api/runs.json')).json()).runs;
  return list.find((run) => run.path === path)?.state;
};

describe('without --allow-runs', () => {
  it('nothing can be started, and the answer tells how', async () => {
    for (const path of ['start', 'runs/x/stop', 'runs/x/resume']) {
      const answer = await post(path, {}, shows);
      expect(answer.status).toBe(403);
      expect(answer.json().hint).toContain('--allow-runs');
    }
    expect((await ask(shows, '/api/start.json')).status).toBe(403);
  });
});

describe('with --allow-runs', () => {
  it('a run is started, stopped, resumed and stopped again', async () => {
    const choices = startChoicesSchema.parse((await ask(url, '/api/start.json')).json());
    expect(choices.data[0]).toEqual({ name: 'shapes', words: ['shapes'] });
    const started = await post('start', SMALL);
    expect(started.text).toMatch(/^\{"id":"new-[0-9a-f]{6}"\}$/);
    const { id } = started.json();
    const trains = () => expect.poll(() => stateOf('new'), { interval: 100 }).toBe('training');
    const stops = () => expect.poll(() => stateOf('new'), { interval: 100 }).toBe('unfinished');
    await trains();
    expect((await post(`runs/${id}/resume`, {})).status).toBe(409);
    expect((await post(`runs/${id}/stop`, {})).status).toBe(200);
    await stops();
    expect((await post(`runs/${id}/stop`, {})).json().message).toBe(
      'no process on this machine trains this run',
    );
    expect((await post(`runs/${id}/resume`, {})).status).toBe(200);
    await trains();
    await post(`runs/${id}/stop`, {});
    await stops();
  });

  it('wrong settings are refused before anything is started', async () => {
    mkdirSync(join(runs, 'folder'));
    for (const [change, message] of [
      [{ name: '../up' }, /name/],
      [{ name: 'there' }, /already/],
      [{ name: 'folder' }, /already/],
      [{ net: 'huge' }, /net "huge" is none of/],
      [{ data: '/etc' }, /data "\/etc" is none of/],
      [{ words: '--out=/tmp/x' }, /words/],
      [{ epochs: 0 }, /epochs/],
      [{ seed: 1.5 }, /seed/],
    ] as const) {
      const answer = await post('start', { ...SMALL, ...change });
      expect(answer.status).toBe(400);
      expect(answer.json().message).toMatch(message);
    }
  });

  it('requests must be JSON of this site, and short', async () => {
    const send = async (headers: Record<string, string>, body: string) =>
      (await ask(url, '/api/start', { method: 'POST', headers, body })).status;
    expect(await send(JSON_TYPE, '{')).toBe(400);
    expect(await send({ 'content-type': 'text/plain' }, JSON.stringify(SMALL))).toBe(415);
    expect(await send({ ...JSON_TYPE, origin: 'http://evil.example' }, JSON.stringify(SMALL))).toBe(403);
    expect(await send(JSON_TYPE, JSON.stringify({ ...SMALL, more: 'x'.repeat(20_000) }))).toBe(413);
    expect((await ask(url, '/api/start')).status).toBe(404);
  });
});
