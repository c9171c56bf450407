/** What an export has beyond the runs: comparisons, readings, maps of single folds and models, and what it says without them. */

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Hono } from 'hono';
import { beforeAll, describe, expect, it } from 'vitest';
import { type ExportedFile, jsonOf } from '../../src/server/export/app-files.js';
import { type Exported, exportStudio } from '../../src/server/export/export-studio.js';
import { Exporter, type ExportStep } from '../../src/server/export/exported-files.js';
import { Budget } from '../../src/server/export/extras.js';
import { comparisonSchema, exportedComparisonsSchema } from '../../src/server/messages/compare.js';
import { mapSchema, pointCount, readPoints } from '../../src/server/messages/map.js';
import { modelsSchema } from '../../src/server/messages/models.js';
import { resultsSchema } from '../../src/server/messages/results.js';
import { runsSchema } from '../../src/server/messages/runs.js';
import { PATHS } from '../../src/server/paths.js';
import { makeRun, temporaryFolder } from './support.js';
import { trainedRun } from './trained-run.js';

const root = temporaryFolder();
const runs = join(root, 'runs');
const READINGS = ['reverse-ridge', 'whitened-ridge', 'eszsl'];
const FOLDS = ['split-0', 'split-1'];
const ids = new Map<string, string>();

async function exportTo(name: string, extraBytes?: number): Promise<Exported> {
  return exportStudio({
    ...{ runsDir: runs, folder: join(root, name), images: false, extraBytes },
    cacheDir: join(root, 'cache'),
  });
}
const bytes = (name: string, path: string) => readFileSync(join(root, name, 'api', path));
const json = (name: string, path: string): unknown => JSON.parse(bytes(name, path).toString());

beforeAll(async () => {
  await trainedRun(join(runs, 'trained'));
  makeRun(runs, 'a');
  makeRun(runs, 'b', { signal: 0.9 });
  makeRun(runs, 'other', { classes: ['one', 'two', 'three', 'four', 'five', 'six'] });
});

describe('an export with room', () => {
  let exported: Exported;
  beforeAll(async () => {
    exported = await exportTo('whole');
    for (const { path, id } of runsSchema.parse(json('whole', PATHS.runs)).runs) ids.set(path, id);
  });

  it('leaves nothing out', () => expect(exported.leftOut).toEqual([]));

  it('compares two runs with folds in common, in both orders', () => {
    const { pairs, notExported } = exportedComparisonsSchema.parse(json('whole', PATHS.comparisons));
    const [a, b] = [ids.get('a')!, ids.get('b')!];
    expect([pairs, notExported]).toEqual([[[a, b]], 0]);
    for (const pair of [
      [a, b],
      [b, a],
    ]) {
      const found = comparisonSchema.parse(json('whole', PATHS.compare(pair)));
      expect(found.runs.map(({ id }) => id)).toEqual(pair);
    }
  });

  it('has every reading, with its figures and tables', () => {
    const id = ids.get('trained')!;
    for (const reading of [undefined, ...READINGS]) {
      const results = resultsSchema.parse(json('whole', PATHS.results(id, reading)));
      expect(results.reading).toBe(reading ?? 'regression');
      expect(results.readings.map(({ name }) => name)).toEqual(['regression', ...READINGS]);
      expect(results.notExported).toEqual([]);
      for (const name of results.figures)
        expect(bytes('whole', PATHS.figure(id, name, reading)).toString()).toMatch(/^<svg/);
      expect(bytes('whole', PATHS.csv(id, 'classes', reading)).length).toBeGreaterThan(0);
    }
  });

  it('has maps of single folds, with other points', () => {
    const id = ids.get('trained')!;
    for (const fold of [undefined, ...FOLDS]) {
      const about = mapSchema.parse(json('whole', PATHS.map(id, fold)));
      expect([about.choices, about.notExported]).toEqual([FOLDS, []]);
      expect(about.folds).toEqual(fold ? [fold] : FOLDS);
      readPoints(bytes('whole', PATHS.mapPoints(id, fold)), pointCount(about));
    }
  });

  it('has the models of its runs', () => {
    const { runs: listed } = modelsSchema.parse(json('whole', PATHS.models));
    expect(listed).toEqual([{ id: ids.get('trained'), path: 'trained', folds: FOLDS, notExported: [] }]);
    for (const fold of FOLDS)
      expect(bytes('whole', PATHS.foldModel(ids.get('trained')!, fold))).toEqual(
        readFileSync(join(runs, 'trained', 'folds', `${fold}.model.safetensors`)),
      );
  });
});

describe('an exporter, answered from the files of an export', () => {
  const fault = (message: string) => Response.json({ message, hint: '' }, { status: 500 });
  /** @param failing path below api/ for which there is only an error */
  function exporterOf(failing: string, steps: ExportStep[] = []): Exporter {
    const request = async (url: string) => {
      const path = decodeURIComponent(url.replace('/api/', ''));
      if (path === failing) return fault('it cannot be made');
      return existsSync(join(root, 'whole', 'api', path))
        ? new Response(new Uint8Array(bytes('whole', path)))
        : fault('there is none');
    };
    return new Exporter({ request } as unknown as Hono, { onStep: (step) => steps.push(step) });
  }
  async function filesOf(exporter: Exporter): Promise<Map<string, ExportedFile>> {
    const files = new Map<string, ExportedFile>();
    for await (const file of exporter.files()) files.set(file.path, file);
    return files;
  }

  it('goes on without the map of a fold that cannot be made', async () => {
    const id = ids.get('trained')!;
    const failing = PATHS.map(id, 'split-0');
    const exporter = exporterOf(failing);
    const files = await filesOf(exporter);
    expect(exporter.leftOut).toEqual([
      { run: 'trained', what: 'the map of split-0', reason: 'it cannot be made' },
    ]);
    expect([files.has(failing), files.has(PATHS.map(id, 'split-1'))]).toEqual([false, true]);
    const about = mapSchema.parse(jsonOf(files.get(PATHS.map(id))!.content));
    expect([about.choices, about.notExported]).toEqual([['split-1'], ['split-0']]);
  });

  it('tells its steps: the comparisons, then the runs', async () => {
    const steps: ExportStep[] = [];
    await filesOf(exporterOf('', steps));
    const pairs = ['a against b', 'a against other', 'b against other'];
    const what = [...pairs, 'a', 'b', 'other', 'trained'];
    expect(steps).toEqual(what.map((one, done) => ({ what: one, done, total: what.length })));
  });
});

describe('an export without room', () => {
  let exported: Exported;
  beforeAll(async () => {
    exported = await exportTo('small', 0);
  });

  it('says in each file what it lacks', () => {
    const id = ids.get('trained')!;
    expect(exportedComparisonsSchema.parse(json('small', PATHS.comparisons))).toMatchObject({
      pairs: [],
      notExported: 1,
    });
    const results = resultsSchema.parse(json('small', PATHS.results(id)));
    expect([results.readings, results.notExported]).toEqual([[{ name: 'regression', own: true }], READINGS]);
    const about = mapSchema.parse(json('small', PATHS.map(id)));
    expect([about.choices, about.notExported]).toEqual([[], FOLDS]);
    expect(modelsSchema.parse(json('small', PATHS.models)).runs).toEqual([
      { id, path: 'trained', folds: [], notExported: FOLDS },
    ]);
    for (const path of [
      PATHS.results(id, 'eszsl'),
      PATHS.map(id, 'split-0'),
      PATHS.foldModel(id, 'split-0'),
      PATHS.compare([ids.get('a')!, ids.get('b')!]),
    ])
      expect(existsSync(join(root, 'small', 'api', path))).toBe(false);
  });

  it('tells it to the user', () => {
    const told = exported.leftOut.filter(({ run }) => run === 'trained').map(({ what }) => what);
    expect(told).toEqual([
      'the readings reverse-ridge, whitened-ridge, eszsl',
      'maps of 2 single folds',
      '2 models',
    ]);
    for (const { reason } of exported.leftOut) expect(reason).toContain('at most 16 MiB');
  });
});

it('a budget takes nothing more after something that did not fit', () => {
  const budget = new Budget(100);
  const file = (bytes: number) => [{ path: 'one', content: new Uint8Array(bytes) }];
  expect([budget.takes(file(60)), budget.takes(file(50)), budget.takes(file(10))]).toEqual([
    true,
    false,
    false,
  ]);
});
