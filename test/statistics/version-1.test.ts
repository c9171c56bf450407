/**
 * A run directory as the version before this one's records wrote it (test/fixtures/run-version-1): no normalisation, no
 * build id, no ordered hash, no features. It is read and reported, and neither gone on with nor paired with new runs.
 *
 *     lexel loo --data shapes --net lite --width 0.25 --protocol loo --classes red_circle,blue_square --epochs 2
 *       --limit 256 --batch 64 --backend wasm
 */
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import {
  beginOrJoin,
  foldFiles,
  prepareExperiment,
  readRun,
  reopenExperiment,
} from '../../src/crossval/index.js';
import { writeReport } from '../../src/report/write-report.js';
import { openModel } from '../../src/search/index.js';
import { besideRuns } from '../../src/statistics/evidence/beside.js';
import { compareRuns } from '../../src/statistics/evidence/compare.js';
import { loadRun } from '../../src/statistics/load.js';
import { SHAPES } from '../crossval/shapes-options.js';
import { fakeRun } from './support/fake-run.js';

const fixture = fileURLToPath(new URL('../fixtures/run-version-1', import.meta.url));
const root = mkdtempSync(join(tmpdir(), 'lexel-version-1-'));
afterAll(() => rmSync(root, { recursive: true }));

/** A run that holds the same classes out, made by this version. */
function newRun(): string {
  const dir = join(root, 'new');
  const { classes, name } = readRun(fixture).run.dataset;
  const groups = ['blue_square', 'red_circle'].map((label) => [classes.indexOf(label)]);
  fakeRun(dir, { classes: [...classes], groups, protocol: 'loo', epochs: 2 });
  expect(name).toBe('shapes');
  return dir;
}

describe('a run of the version before', () => {
  it('is read whole', () => {
    const { run, folds } = readRun(fixture);
    expect([run.normalisation, run.build, run.dataset.orderedHash]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    expect(folds.map(({ finished, failed, halfLines }) => [finished, failed, halfLines])).toEqual(
      Array(2).fill([true, null, []]),
    );
    expect(folds.map(({ id }) => id).sort()).toEqual(['blue_square', 'red_circle']);
  });

  it('is reported with the numbers of then, and labelled', () => {
    const { summary, files } = writeReport(fixture, { out: join(root, 'report'), deals: 10, resamples: 50 });
    expect(summary.run).toMatchObject({ normalisation: 'data set', build: null });
    const change = Object.fromEntries(summary.classes.map((c) => [c.label, c.change.initial]));
    expect(change.red_circle).toBeCloseTo(-0.422, 3);
    expect(change.blue_square).toBeCloseTo(-0.414, 3);
    expect(summary.notes.filter((note) => note.startsWith('Normalisation: data set.'))).toHaveLength(1);
    expect(readFileSync(files[0], 'utf8')).toContain('Normalisation: data set.');
  });

  it('is never paired with a run of this version', () => {
    const dir = newRun();
    expect(() => compareRuns([fixture, dir])).toThrow(
      `${fixture} and ${dir} cannot be paired: their normalisation is "data set" and "fold"`,
    );
    expect(() => besideRuns(loadRun(dir), [fixture])).toThrow('cannot be paired');
  });

  it('is finished by the version that began it alone', async () => {
    const dir = join(root, 'copy');
    cpSync(fixture, dir, { recursive: true });
    rmSync(foldFiles(dir, 'red_circle').outputs);
    await expect(reopenExperiment(dir, { allowDrift: true })).rejects.toThrow(
      `${dir} was begun by an earlier version, which normalised with the whole data set`,
    );
    const same = await prepareExperiment({
      ...SHAPES,
      protocol: 'loo',
      selection: { classes: ['red_circle', 'blue_square'] },
      seed: 0,
      train: { limit: 256, batch: 64 },
    });
    await expect(beginOrJoin(dir, same, { allowDrift: true })).rejects.toThrow(
      'another normalisation ("data set") than this one ("fold")',
    );
  });

  it('leaves a model that answers', async () => {
    const model = openModel(foldFiles(fixture, 'red_circle').model);
    expect(model.model.normalisation).toBeUndefined();
    const data = new Uint8Array(32 * 32 * 3).fill(200);
    const [[answer]] = await model.classify({ data, width: 32, height: 32 }, { top: 1 });
    expect(model.labels).toContain(answer.label);
  });
});
