/** Server-sent events of a run: the state at first, then changes; many clients; a run that is deleted. */

import { appendFileSync, cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type ClientRequest, request } from 'node:http';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { foldFiles } from '../../src/crossval/run-file.js';
import { type RunWorker, writeWorkersFile } from '../../src/crossval/workers-file.js';
import { LIVE_EVENTS, type LiveEventName, liveRunSchema } from '../../src/server/messages/live.js';
import { runsSchema } from '../../src/server/messages/runs.js';
import { summariseRun } from '../../src/statistics/index.js';
import { ask, makeRun, studioOf, temporaryFolder } from './support.js';

const runs = temporaryFolder();
let url: string;
let idOf: (path: string) => string;

beforeAll(async () => {
  makeRun(runs, 'whole');
  for (const name of ['trains', 'crowd', 'deleted', 'restarted', 'queued'])
    makeRun(runs, name, { unfinished: 2 });
  ({ url } = await studioOf(runs));
  const list = runsSchema.parse((await ask(url, '/api/runs.json')).json()).runs;
  idOf = (path) => list.find((run) => run.path === path)!.id;
});

describe('the folds of a run', () => {
  it('have the mean-vector loss of the report, from the untrained network on', async () => {
    const foldsOf = async (path: string) =>
      liveRunSchema.parse((await ask(url, `/api/runs/${idOf(path)}/folds.json`)).json()).folds;
    const { classes } = summariseRun(join(runs, 'whole'));
    const whole = await foldsOf('whole');
    for (const { id, meanVectorLoss } of whole) {
      const own = classes.filter(({ fold }) => fold === id);
      expect(meanVectorLoss).toBeCloseTo(
        own.reduce((sum, one) => sum + one.meanVectorLoss, 0) / own.length,
        12,
      );
    }
    // The same vectors: the level is there before anything is learned.
    expect((await foldsOf('trains'))[0].meanVectorLoss).toBeCloseTo(whole[0].meanVectorLoss!, 12);
  });
});

interface Heard {
  readonly name: LiveEventName;
  readonly data: Record<string, unknown>;
}

/** A client of a run's events, whose data are checked against their schemas. */
class Client {
  readonly heard: Heard[] = [];
  ended = false;
  private readonly sent: ClientRequest;
  private wake = () => {};
  private text = '';

  constructor(base: string, path: string) {
    const { hostname: host, port } = new URL(base);
    this.sent = request({ host, port, path: `/api/runs/${idOf(path)}/events`, agent: false }, (response) => {
      response.setEncoding('utf8').on('data', (chunk: string) => this.take(chunk));
      response.on('close', () => {
        this.ended = true;
        this.wake();
      });
    });
    this.sent.on('error', () => {});
    this.sent.end();
  }

  private take(chunk: string): void {
    this.text += chunk;
    const messages = this.text.split('\n\n');
    this.text = messages.pop()!;
    for (const message of messages) {
      const name = /^event: (.*)$/m.exec(message)![1] as LiveEventName;
      const data: unknown = JSON.parse(/^data: (.*)$/m.exec(message)![1]);
      this.heard.push({ name, data: LIVE_EVENTS[name].parse(data) as Record<string, unknown> });
    }
    this.wake();
  }

  /** The first event that fits, heard already or within a minute. */
  async until(fits: (event: Heard) => boolean): Promise<Heard> {
    const end = Date.now() + 60_000;
    for (;;) {
      const found = this.heard.find(fits);
      if (found) return found;
      if (this.ended || Date.now() > end)
        throw new Error(`not heard; only ${this.heard.map(({ name }) => name).join()}`);
      await new Promise<void>((resolve) => {
        this.wake = resolve;
        setTimeout(resolve, 500);
      });
    }
  }

  close(): void {
    this.sent.destroy();
  }
}

const clients: Client[] = [];
afterAll(() => {
  for (const client of clients) client.close();
});
const watch = (path: string, base = url): Client => {
  const client = new Client(base, path);
  clients.push(client);
  return client;
};

const logOf = (path: string, fold: string) => foldFiles(join(runs, path), fold).log;

/** The next epoch of a fold, as the process that trains it writes it. */
function trainEpoch(path: string, fold: string, epoch: number): void {
  const last = JSON.parse(readFileSync(logOf(path, fold), 'utf8').trim().split('\n').at(-1)!);
  appendFileSync(logOf(path, fold), `${JSON.stringify({ ...last, epoch, seconds: 10, images: 5000 })}\n`);
}

const isFold = (fold: string, points: number) => (event: Heard) =>
  event.name === 'fold' && event.data.id === fold && (event.data.points as unknown[]).length === points;

describe('the events of a run', () => {
  it('are its state, then each change, the speed and the time left', async () => {
    const client = watch('trains');
    const first = await client.until(({ name }) => name === 'folds');
    expect(first.data).toEqual((await ask(url, `/api/runs/${idOf('trains')}/folds.json`)).json());

    const lock = { pid: process.ppid, host: hostname(), began: null, since: new Date().toISOString() };
    writeFileSync(foldFiles(join(runs, 'trains'), 'rotation-0').lock, JSON.stringify(lock));
    await client.until(({ name, data }) => name === 'fold' && data.state === 'training');
    trainEpoch('trains', 'rotation-0', 2);
    await client.until(isFold('rotation-0', 3));
    const { data } = await client.until(
      ({ name, data }) => name === 'progress' && data.imagesPerSecond === 500,
    );
    // Three of five epochs are left of one fold and four of the other, by one process, in ten seconds each.
    expect(data).toMatchObject({ imagesPerSecond: 500, secondsLeft: 70 });
    expect(data.run).toMatchObject({ state: 'training', progress: 0.3 });
    // A half-written line is no change.
    appendFileSync(logOf('trains', 'rotation-1'), '{"type":"epo');
    trainEpoch('trains', 'rotation-0', 3);
    await client.until(isFold('rotation-0', 4));
    expect(
      client.heard
        .filter(({ name, data: { id } }) => name === 'fold' && id === 'rotation-1')
        .every(({ data: { state } }) => state !== 'failed'),
    ).toBe(true);
  });

  it('begin with the present state after a reconnect, and after a restart of the studio', async () => {
    const before = watch('restarted');
    await before.until(({ name }) => name === 'folds');
    before.close();
    trainEpoch('restarted', 'rotation-1', 2);
    const after = await watch('restarted').until(({ name }) => name === 'folds');
    const points = ({ data }: Heard) =>
      (data.folds as { points: unknown[] }[]).map((fold) => fold.points.length);
    expect(points(after)).toEqual([2, 3]);
    const other = await studioOf(runs);
    expect(points(await watch('restarted', other.url).until(({ name }) => name === 'folds'))).toEqual([2, 3]);
  });

  it('reach 200 clients', async () => {
    const crowd = Array.from({ length: 200 }, () => watch('crowd'));
    await Promise.all(crowd.map((client) => client.until(({ name }) => name === 'folds')));
    trainEpoch('crowd', 'rotation-0', 2);
    await Promise.all(crowd.map((client) => client.until(isFold('rotation-0', 3))));
    expect((await ask(url, '/api/studio.json')).status).toBe(200);
    for (const client of crowd) client.close();
  });

  it('end with a reason if the run is deleted', async () => {
    const client = watch('deleted');
    await client.until(({ name }) => name === 'folds');
    rmSync(join(runs, 'deleted'), { recursive: true });
    const { data } = await client.until(({ name }) => name === 'gone');
    expect(data.message).toBe('there is no run at this address');
    await expect.poll(() => client.ended).toBe(true);
    expect((await ask(url, `/api/runs/${idOf('deleted')}/events`)).status).toBe(404);
    // A run that comes back is followed again.
    cpSync(join(runs, 'whole'), join(runs, 'deleted'), { recursive: true });
    await watch('deleted').until(({ name }) => name === 'folds');
  });

  it('are told of a finished run too, and HEAD does not wait for them', async () => {
    const { data } = await watch('whole').until(({ name }) => name === 'folds');
    expect(data.run).toMatchObject({ state: 'finished' });
    const head = await ask(url, `/api/runs/${idOf('whole')}/events`, { method: 'HEAD' });
    expect([head.status, head.headers['content-type']]).toEqual([200, 'text/event-stream']);
  });
});

describe('a run whose folds workers train', () => {
  const since = '2026-01-01T12:00:00.000Z';
  const idle: RunWorker = { id: 'b', host: 'two', pid: 22, cores: 4, since, folds: [], others: 0 };
  const trains = (imagesPerSecond: number): RunWorker => ({
    ...{ ...idle, id: 'a', host: 'one', pid: 11 },
    folds: [{ fold: 'rotation-0', epoch: 1, epochs: 5, imagesPerSecond }],
  });

  it('tells who trains which fold, their speed, and when nobody collects any more', async () => {
    const dir = join(runs, 'queued');
    trainEpoch('queued', 'rotation-0', 2);
    trainEpoch('queued', 'rotation-1', 2);
    const client = watch('queued');
    const first = await client.until(({ name }) => name === 'folds');
    expect(first.data).toMatchObject({ run: { state: 'unfinished' }, workers: [] });

    writeWorkersFile(dir, [trains(0), idle]);
    // The worker's first epoch is not over: its speed is that of the log.
    const begun = await client.until(({ name, data }) => name === 'fold' && data.state === 'elsewhere');
    expect(begun.data).toMatchObject({
      id: 'rotation-0',
      worker: { host: 'one', pid: 11 },
      imagesPerSecond: 500,
    });
    writeWorkersFile(dir, [trains(800), idle]);
    const { data } = await client.until(
      ({ name, data }) => name === 'progress' && data.imagesPerSecond === 800,
    );
    // Three of five epochs are left of both folds, in ten seconds each.
    expect(data).toMatchObject({ run: { state: 'elsewhere' }, secondsLeft: 60 });
    expect(data.workers).toEqual([trains(800), idle]);
    // Whoever comes now is told too.
    const later = await watch('queued').until(({ name }) => name === 'folds');
    expect(later.data.workers).toEqual(data.workers);
    const listed = runsSchema.parse((await ask(url, '/api/runs.json')).json()).runs;
    expect(listed.find(({ path }) => path === 'queued')!.state).toBe('elsewhere');

    const file = join(dir, 'workers.json');
    const { workers } = JSON.parse(readFileSync(file, 'utf8'));
    writeFileSync(file, JSON.stringify({ updated: Date.now() - 31_000, workers }));
    await client.until(({ name, data }) => name === 'fold' && data.state === 'unfinished');
    await expect.poll(() => client.heard.at(-1)?.data).toMatchObject({ workers: [], imagesPerSecond: null });
  });
});
