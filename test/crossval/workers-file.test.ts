import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { glanceFolds } from '../../src/crossval/fold-states.js';
import { foldFiles } from '../../src/crossval/run-file.js';
import {
  type RunWorker,
  removeWorkersFile,
  workersOf,
  writeWorkersFile,
} from '../../src/crossval/workers-file.js';
import { fakeRun } from '../statistics/support/fake-run.js';

const root = mkdtempSync(join(tmpdir(), 'lexel-workers-'));
afterAll(() => rmSync(root, { recursive: true }));

const worker = (folds: string[]): RunWorker => ({
  ...{ id: 'a', host: 'one', pid: 11, cores: 2, since: '2026-01-01T12:00:00.000Z', others: 1 },
  folds: folds.map((fold) => ({ fold, epoch: 1, epochs: 5, imagesPerSecond: 10 })),
});

describe('workers.json', () => {
  it('names the workers for as long as somebody writes it', () => {
    const file = join(root, 'workers.json');
    expect(workersOf(root)).toEqual([]);
    writeWorkersFile(root, [worker(['bus'])]);
    expect(workersOf(root)).toEqual([worker(['bus'])]);
    const content = JSON.parse(readFileSync(file, 'utf8'));
    for (const updated of [Date.now() - 31_000, Date.now() + 31_000, '', null]) {
      writeFileSync(file, JSON.stringify({ ...content, updated }));
      expect(workersOf(root)).toEqual([]);
    }
    for (const damaged of ['', '{', 'null', '{"updated":1e400}']) {
      writeFileSync(file, damaged);
      expect(workersOf(root)).toEqual([]);
    }
    removeWorkersFile(root);
    expect(existsSync(file)).toBe(false);
    removeWorkersFile(root);
  });
});

describe('the folds of a run', () => {
  it('are trained elsewhere if a worker says so, unless they are finished or trained here', () => {
    const dir = join(root, 'run');
    const run = fakeRun(dir, {
      classes: ['bus', 'otter', 'oak', 'cup', 'pear'],
      groups: [[0], [1], [2], [3], [4]],
      protocol: 'loo',
      unfinished: 4,
    });
    const failed = { type: 'failed', fold: 'otter', message: 'training diverged', time: 'now' };
    appendFileSync(foldFiles(dir, 'otter').log, `${JSON.stringify(failed)}\n`);
    rmSync(foldFiles(dir, 'oak').log);
    const lock = { pid: process.pid, host: hostname(), began: null, since: new Date().toISOString() };
    writeFileSync(foldFiles(dir, 'cup').lock, JSON.stringify(lock));
    const states = (workers: RunWorker[]) => glanceFolds(dir, run, workers).map(({ state }) => state);
    expect(states([])).toEqual(['finished', 'failed', 'waiting', 'training', 'unfinished']);
    expect(states([worker(['pear', 'unknown'])])).toEqual([
      'finished',
      'failed',
      'waiting',
      'training',
      'elsewhere',
    ]);
    expect(states([worker(['bus', 'otter']), worker(['oak', 'cup'])])).toEqual([
      'finished',
      'elsewhere',
      'elsewhere',
      'training',
      'unfinished',
    ]);
  });
});
