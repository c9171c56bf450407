/**
 * Keeping runs as run.json and records: fold by fold, from several machines, and as the start of a run that
 * continues elsewhere.
 */
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  beginOrJoin,
  foldFiles,
  prepareExperiment,
  type RunFile,
  readRun,
  readRunFile,
  reopenExperiment,
  runFolds,
} from '../../src/crossval/index.js';
import { appendEvent } from '../../src/crossval/store.js';
import { keepRun, loadRun, summariseRun } from '../../src/statistics/index.js';
import { SHAPES } from '../crossval/shapes-options.js';

const root = mkdtempSync(join(tmpdir(), 'lexel-keep-run-'));
afterAll(() => rmSync(root, { recursive: true }));
const place = (name: string) => join(root, name);
const FEW = { permutations: 50, resamples: 20 };

const prepared = (folds: string, command = 'lexel loo --out /home/someone/run --data-dir /data') =>
  prepareExperiment({ ...SHAPES, protocol: 'loo', epochs: 1, selection: { folds }, command });

async function train(dir: string, folds: string, options: { allowDrift?: boolean } = {}) {
  const { experiment, before } = await beginOrJoin(dir, await prepared(folds), options);
  const trained: string[] = [];
  const outcome = await runFolds(dir, experiment, {
    workers: 1,
    ...options,
    onFinished: ({ id }) => trained.push(id),
  });
  expect(outcome.failed).toEqual([]);
  return { before, trained };
}

/** Changes a run directory as if another machine had started it. */
function elsewhere(dir: string, isa = 'another'): void {
  const file = join(dir, 'run.json');
  const run = readRunFile(dir);
  writeFileSync(file, JSON.stringify({ ...run, isa, created: '2026-02-02T00:00:00.000Z' }));
  for (const { files, id, start } of readRun(dir).folds) {
    if (start)
      appendEvent(dir, {
        ...start,
        version: 2,
        normalisation: start.normalisation!,
        fold: id,
        engine: { ...start.engine!, isa },
      });
    const lines = readFileSync(files.log, 'utf8').trimEnd().split('\n');
    // The start line appended last replaces the first one.
    writeFileSync(files.log, `${[lines.at(-1), ...lines.slice(1, -1)].join('\n')}\n`);
  }
}

const snapshot = (dir: string) =>
  Object.fromEntries(
    readdirSync(dir, { recursive: true, withFileTypes: true }).flatMap((entry) => {
      const file = join(entry.parentPath, entry.name);
      return entry.isFile() ? [[file, [readFileSync(file, 'base64'), statSync(file).mtimeMs]]] : [];
    }),
  );

let ids: string[];
beforeAll(async () => {
  await train(place('whole'), '0-2');
  await train(place('first'), '0-1');
  ids = readRun(place('whole')).folds.map(({ id }) => id);
});

describe('keeping a run', () => {
  const into = place('kept');

  it('keeps finished folds, adds new ones, and changes nothing else', async () => {
    const dir = place('grows');
    cpSync(place('first'), dir, { recursive: true });
    const { files } = readRun(dir).folds[1];
    const hidden = place('hidden');
    cpSync(files.outputs, hidden);
    rmSync(files.outputs);
    expect(() => keepRun(dir, into, { name: 'run' })).toThrow(`${dir} is not finished: ${ids[1]}`);
    expect(existsSync(into)).toBe(false);
    const some = keepRun(dir, into, { name: 'run', partial: true });
    expect(some).toMatchObject({ added: [ids[0]], before: [], unfinished: [ids[1]], unusable: [] });
    expect(readRun(join(into, 'run')).folds.map(({ finished }) => finished)).toEqual([true, false]);
    const before = snapshot(into);
    expect(keepRun(dir, into, { name: 'run', partial: true }).added).toEqual([]);
    expect(snapshot(into)).toEqual(before);
    cpSync(hidden, files.outputs);
    expect(keepRun(dir, into, { name: 'run' })).toMatchObject({ added: [ids[1]], before: [ids[0]] });
    expect(snapshot(into)).toMatchObject(before);
  });

  it('contains no path of the machine, and shares the vectors', () => {
    keepRun(place('first'), into, { name: 'seeds/seed-0' });
    expect(readRunFile(join(into, 'run')).command).toBe('lexel loo --out runs/run');
    expect(readdirSync(into).sort()).toEqual(['run', 'seeds', 'targets']);
    expect(readdirSync(join(into, 'targets'))).toEqual([`${readRunFile(join(into, 'run')).targets}.npy`]);
    expect(readdirSync(join(into, 'run')).sort()).toEqual(['folds', 'run.json']);
    for (const name of ['run', 'seeds/seed-0'])
      expect(readRun(join(into, name)).targets).toEqual(readRun(place('first')).targets);
  });

  it('gives the same bytes again', () => {
    const again = keepRun(place('first'), place('again'), { name: 'run' });
    const file = (dir: string) => readFileSync(foldFiles(dir, ids[0]).record);
    expect(file(again.dir)).toEqual(file(join(into, 'run')));
    const records = keepRun(join(into, 'run'), place('from records'), { name: 'run' });
    expect(file(records.dir)).toEqual(file(again.dir));
  });

  it('refuses another experiment under the same name', () => {
    const other = place('other');
    cpSync(place('first'), other, { recursive: true });
    const run = readRunFile(other);
    const changed = { ...run, created: 'later', config: { ...run.config, learningRate: 1 } };
    writeFileSync(join(other, 'run.json'), JSON.stringify(changed));
    expect(() => keepRun(other, into, { name: 'run' })).toThrow('another learningRate');
  });
});

describe('folds of another machine', () => {
  const into = place('joined');
  const other = place('other machine');
  beforeAll(async () => {
    await train(other, '2');
    elsewhere(other);
    keepRun(place('first'), into, { name: 'run' });
  });

  it('are added only with --allow-drift', () => {
    expect(() => keepRun(other, into, { name: 'run' })).toThrow(
      /run was begun on \w+ \(.*\), and this is \w+ \(another\)/,
    );
    const { added } = keepRun(other, into, { name: 'run', allowDrift: true });
    expect(added).toEqual([ids[2]]);
    const run = readRunFile(join(into, 'run'));
    expect(run.folds.map(({ id }) => id)).toEqual(ids);
    expect(run.joined?.map(({ folds, engine }) => [folds, engine?.isa])).toEqual([[[ids[2]], 'another']]);
    const before = snapshot(into);
    keepRun(other, into, { name: 'run', allowDrift: true });
    keepRun(place('first'), into, { name: 'run', allowDrift: true });
    expect(snapshot(into)).toEqual(before);
  });

  it('are counted in the report', () => {
    const { notes } = summariseRun(join(into, 'run'), FEW);
    const { isa } = readRunFile(place('first'));
    const note = notes.find((text) => text.includes('engines'));
    expect(note).toMatch(new RegExp(`2 of 3 on \\w+ \\(${isa}, build \\w+\\), 1 of 3 on \\w+ \\(another, `));
  });
});

describe('a kept run copied to another machine', () => {
  const storeOf = (name: string) => place(`store of ${name}`);
  const copy = (name: string) => {
    const { dir } = keepRun(place('first'), storeOf(name), { name: 'run' });
    cpSync(dir, place(name), { recursive: true });
    return place(name);
  };

  it('is resumed: only missing folds are trained, and the numbers equal those of one run', async () => {
    const dir = copy('goes on');
    expect(await train(dir, '0-2')).toEqual({ before: 2, trained: [ids[2]] });
    expect(readRun(dir).folds.map(({ kept }) => kept)).toEqual(['record', 'record', 'outputs']);
    const [mixed, whole] = [dir, place('whole')].map((of) => summariseRun(of, FEW));
    expect(mixed.classes).toEqual(whole.classes);
    expect(mixed.headline).toEqual(whole.headline);
    const { dir: store } = keepRun(dir, storeOf('goes on'), { name: 'run' });
    expect(loadRun(store).folds.map(({ record }) => record.id)).toEqual(ids);
  });

  it('is resumed beside its vectors; elsewhere, the error names their path', async () => {
    const dir = copy('alone');
    const { folds } = await reopenExperiment(join(storeOf('alone'), 'run'));
    expect(folds.map(({ id }) => id)).toEqual(ids.slice(0, 2));
    await expect(reopenExperiment(dir)).rejects.toThrow(/targets\.npy: is missing/);
    await expect(reopenExperiment(dir)).rejects.toMatchObject({
      hint: expect.stringMatching(/targets\/\w{16}\.npy/),
    });
  });

  it('started on another engine, is resumed only with --allow-drift', async () => {
    const dir = copy('drifts');
    const run: RunFile = readRunFile(dir);
    writeFileSync(join(dir, 'run.json'), JSON.stringify({ ...run, isa: 'another' }));
    await expect(train(dir, '0-2')).rejects.toThrow(`${dir} was begun on ${run.backend} (another)`);
    expect((await train(dir, '0-2', { allowDrift: true })).trained).toEqual([ids[2]]);
  });
});
