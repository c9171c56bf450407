/**
 * Run directories of format version 1. The first one comes from an early version
 * (test/fixtures/run-version-1): it has no normalisation, build id, ordered hash or features. It can be read
 * and reported, but not resumed, and not paired with new runs.
 *     lexel loo --data shapes --net lite --width 0.25 --protocol loo --classes red_circle,blue_square --epochs 2
 *       --limit 256 --batch 64 --backend wasm
 *
 * The second one comes from the last version that wrote this format (run-version-1-group). It has all of
 * these and can also be compared with new runs.
 *
 *     lexel loo --data shapes --net lite --width 0.25 --protocol holdout:12 --folds 0 --epochs 2 --limit 256 --batch 64
 *       --backend wasm
 */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
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
import { compareRuns } from '../../src/statistics/evidence/compare.js';
import { compareWith } from '../../src/statistics/evidence/compared-with.js';
import { loadRun } from '../../src/statistics/load.js';
import { summarise } from '../../src/statistics/summary.js';
import { SHAPES } from '../crossval/shapes-options.js';
import { fakeRun } from './support/fake-run.js';

const fixture = fileURLToPath(new URL('../fixtures/run-version-1', import.meta.url));
const root = mkdtempSync(join(tmpdir(), 'lexel-version-1-'));
afterAll(() => rmSync(root, { recursive: true }));

/** A run of the current version that holds out the same classes. */
function newRun(): string {
  const dir = join(root, 'new');
  const { classes, name } = readRun(fixture).run.dataset;
  const groups = ['blue_square', 'red_circle'].map((label) => [classes.indexOf(label)]);
  fakeRun(dir, { classes: [...classes], groups, protocol: 'loo', epochs: 2 });
  expect(name).toBe('shapes');
  return dir;
}

describe('a run of an early version', () => {
  it('is read completely', () => {
    const { run, folds } = readRun(fixture);
    expect([run.version, run.normalisation, run.build, run.dataset.orderedHash]).toEqual([
      1,
      'data set',
      undefined,
      undefined,
    ]);
    expect(folds[0].start).toMatchObject({ droppedDuplicates: 0 });
    expect(folds[0].epochs[2].classes[0].centredCosine).toEqual(expect.any(Number));
    expect(folds.map(({ finished, failed, halfLines }) => [finished, failed, halfLines])).toEqual(
      Array(2).fill([true, null, []]),
    );
    expect(folds.map(({ id }) => id).sort()).toEqual(['blue_square', 'red_circle']);
  });

  it('is reported with its original numbers, and labelled', async () => {
    const { summary, files } = await writeReport(fixture, {
      out: join(root, 'report'),
      permutations: 10,
      resamples: 50,
    });
    expect(summary.run).toMatchObject({ normalisation: 'data set', build: null });
    const change = Object.fromEntries(summary.classes.map((c) => [c.label, c.change.initial]));
    expect(change.red_circle).toBeCloseTo(-0.422, 3);
    expect(change.blue_square).toBeCloseTo(-0.414, 3);
    expect(summary.notes.filter((note) => note.startsWith('Normalisation: data set.'))).toHaveLength(1);
    expect(readFileSync(files[0], 'utf8')).toContain('Normalisation: data set.');
  });

  it('is never paired with a run of the current version', () => {
    const dir = newRun();
    expect(() => compareRuns([fixture, dir])).toThrow(
      `${fixture} and ${dir} cannot be paired: their normalisation is "data set" and "fold"`,
    );
    expect(() => compareWith(loadRun(dir), [fixture])).toThrow('cannot be paired');
  });

  it('can only be finished by the version that started it', async () => {
    const dir = join(root, 'copy');
    cpSync(fixture, dir, { recursive: true });
    rmSync(foldFiles(dir, 'red_circle').outputs);
    await expect(reopenExperiment(dir, { allowDrift: true })).rejects.toThrow(
      `${dir} was begun by an earlier version (lexel 0.1.0) and has format version 1`,
    );
    const same = await prepareExperiment({
      ...SHAPES,
      protocol: 'loo',
      selection: { classes: ['red_circle', 'blue_square'] },
      seed: 0,
      train: { limit: 256, batch: 64 },
    });
    await expect(beginOrJoin(dir, same, { allowDrift: true })).rejects.toThrow('and has format version 1');
  });

  it('contains a usable model', async () => {
    const model = openModel(foldFiles(fixture, 'red_circle').model);
    expect(model.model.normalisation).toBeUndefined();
    const data = new Uint8Array(32 * 32 * 3).fill(200);
    const [[answer]] = await model.classify({ data, width: 32, height: 32 }, { top: 1 });
    expect(model.labels).toContain(answer.label);
  });
});

describe('a run of the last writer of version 1', () => {
  const last = fileURLToPath(new URL('../fixtures/run-version-1-group', import.meta.url));

  it('is read with the current names', () => {
    const { run, folds } = readRun(last);
    expect([run.version, run.normalisation, run.build]).toEqual([1, 'fold', '0a6daebbc324911d']);
    const [{ start, epochs, finished }] = folds;
    expect(start).toMatchObject({ droppedDuplicates: 0, trainImages: 256 });
    expect(epochs.map(({ heldOut }) => Number.isFinite(heldOut.centredCosine))).toEqual([true, true, true]);
    expect(finished).toBe(true);
  });

  it('has the numbers of the report of version 1', () => {
    const { headline, permutationNull } = summarise(loadRun(last), { resamples: 50 });
    const values = Object.fromEntries(Object.entries(headline).map(([name, { value }]) => [name, value]));
    expect(values).toMatchObject({
      rank: expect.closeTo(31.04666666666667, 10),
      hit5: expect.closeTo(0.16666666666666666, 10),
      heldOutRank: expect.closeTo(6.436666666666667, 10),
      centredCosine: expect.closeTo(0.010876890857233363, 10),
      calibratedSkill: expect.closeTo(-0.0014786432075628599, 10),
      skill: expect.closeTo(-0.36574385936754994, 10),
      ausuc: expect.closeTo(0.0017083333333333325, 10),
    });
    expect(permutationNull!.permutations).toBe(2000);
    // The mean ranks that the null uses are now stored in 250 steps.
    expect(headline.rank.permutationNull!.p).toBeCloseTo(0.607696151924038, 2);
  });

  it('is compared with a current run', () => {
    const { run } = readRun(last);
    const now = join(root, 'now');
    const { classes, superclasses, superclassOf } = run.dataset;
    const [{ heldOut }] = run.folds;
    const made = fakeRun(now, {
      classes,
      superclasses,
      superclassOf,
      groups: [heldOut],
      protocol: 'holdout:12',
    });
    writeFileSync(
      join(now, 'run.json'),
      JSON.stringify({ ...made, dataset: { ...made.dataset, hash: run.dataset.hash } }),
    );
    expect(compareRuns([last, now], { resamples: 10 }).labels).toHaveLength(12);
  });

  it('is not resumed, and a file of a later version is not read', async () => {
    const dir = join(root, 'open');
    cpSync(last, dir, { recursive: true });
    rmSync(foldFiles(dir, 'split-0').outputs);
    await expect(reopenExperiment(dir, { allowDrift: true })).rejects.toThrow('and has format version 1');
    const file = join(dir, 'run.json');
    writeFileSync(file, readFileSync(file, 'utf8').replace('"version": 1', '"version": 3'));
    expect(() => readRun(dir)).toThrow(
      `${file}: has format version 3, but this Lexel reads versions up to 2`,
    );
  });
});
