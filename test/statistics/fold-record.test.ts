/** Records give bit-identical numbers to the outputs of their folds, and what a record lacks is reported. */
import {
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { brotliCompressSync, brotliDecompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  createRunDirectory,
  foldFiles,
  prepareExperiment,
  readingRecordFile,
  readRun,
  runFolds,
} from '../../src/crossval/index.js';
import { readRecordFile, writeRecordFile } from '../../src/crossval/record-file.js';
import { classesCsv } from '../../src/report/csv.js';
import { measureAnalogies, openModel } from '../../src/search/index.js';
import {
  classCurves,
  compareRuns,
  foldDrift,
  keepRun,
  loadRun,
  overSeeds,
  summariseRun,
} from '../../src/statistics/index.js';
import { summariseSeeds } from '../../src/statistics/seed-spread.js';
import { openWords } from '../../src/words/index.js';
import { SHAPES } from '../crossval/shapes-options.js';
import { unseal } from '../formats/unsealed.js';
import { fakeRun, hundredLabels, rotations } from './support/fake-run.js';

const root = mkdtempSync(join(tmpdir(), 'lexel-fold-record-'));
const kept = join(root, 'kept');
afterAll(() => rmSync(root, { recursive: true }));

const FEW = { permutations: 100, resamples: 50 };

/** Trains a small run and keeps it as records too. */
async function trained(name: string, changes: Partial<Parameters<typeof prepareExperiment>[0]>) {
  const experiment = await prepareExperiment({ ...SHAPES, ...changes });
  const dir = join(root, name);
  createRunDirectory(dir, experiment);
  const outcome = await runFolds(dir, experiment, { workers: 1 });
  expect(outcome.failed).toEqual([]);
  return { outputs: dir, records: keepRun(dir, kept, { name }).dir };
}

/** Generates runs in the form of trained ones, with features that are rare in trained runs. */
function made(name: string, options: Partial<Parameters<typeof fakeRun>[1]> = {}) {
  const labels = hundredLabels();
  const dir = join(root, name);
  fakeRun(dir, {
    ...labels,
    groups: rotations(labels.superclassOf).slice(0, 2),
    protocol: 'one-per-superclass',
    seenImages: 4,
    images: 8,
    ...options,
  });
  return { outputs: dir, records: keepRun(dir, kept, { name, partial: true }).dir };
}

type Pair = Awaited<ReturnType<typeof trained>>;
const D = 12;
/**
 * Label 2 has a zero vector. Labels 3 and 4, in different folds, have equal vectors, and so do 6 and 7, in
 * one fold: scores tie between seen and unseen labels, and among unseen labels.
 */
const oddTargets = (classes: number) => {
  const targets = Float32Array.from({ length: classes * D }, (_, i) => 0.3 + Math.sin(i * i + 1));
  targets.fill(0, 2 * D, 3 * D);
  targets.copyWithin(4 * D, 3 * D, 4 * D);
  targets.copyWithin(7 * D, 6 * D, 7 * D);
  return targets;
};
const classes = Array.from({ length: 14 }, (_, c) => `word${c}`);
const odd = {
  ...{ classes, superclasses: ['a', 'b'], superclassOf: classes.map((_, c) => c % 2) },
  ...{ targets: oddTargets(14), dimension: D, protocol: 'holdout:4' },
};
const pairs: Record<string, Pair> = {};

beforeAll(async () => {
  pairs.groups = await trained('groups', {});
  pairs.loo = await trained('loo', { protocol: 'loo', selection: { folds: '0-2' } });
  pairs.classifier = await trained('classifier', { control: 'one-hot', selection: { folds: '0' } });
  pairs.joint = await trained('joint', { recipe: 'joint', selection: { folds: '0' } });
  pairs.rotations = made('rotations');
  pairs.unfinished = made('unfinished', { unfinished: 1 });
  pairs.ties = made('ties', {
    ...odd,
    groups: [
      [0, 1, 2, 3],
      [4, 5, 6, 7],
    ],
  });
  pairs.one = made('one', { ...odd, groups: classes.map((_, c) => [c]), protocol: 'loo', seenImages: 0 });
});

const NAMES = ['groups', 'loo', 'classifier', 'joint', 'rotations', 'unfinished', 'ties', 'one'];

describe.each(NAMES)('the records of a run (%s)', (name) => {
  it('give the same numbers as its outputs', () => {
    const { outputs, records } = pairs[name];
    const [full, small] = [outputs, records].map((dir) => summariseRun(dir, FEW));
    // A kept run has another recorded command.
    expect({ ...small, run: { ...small.run, command: '' } }).toEqual({
      ...full,
      run: { ...full.run, command: '' },
    });
    expect(classesCsv(small.classes)).toBe(classesCsv(full.classes));
    expect(classCurves(loadRun(records))).toEqual(classCurves(loadRun(outputs)));
  });

  it('contain only measurements', () => {
    const folds = loadRun(pairs[name].records).folds;
    expect(folds.length).toBeGreaterThan(0);
    for (const { answers, measures } of folds) expect([answers, measures === null]).toEqual([null, false]);
  });
});

describe('records', () => {
  it('contain the readings that they were created with, and only these', () => {
    const { outputs } = pairs.joint;
    const readings = ['regression', 'conse + reverse-ridge', 'conse+1*reverse-ridge', 'whitened-ridge'];
    const { dir, added } = keepRun(outputs, kept, { name: 'read', readings });
    expect(added).toEqual(['split-0']);
    expect(readdirSync(join(dir, 'readings')).sort()).toEqual(['conse+reverse-ridge', 'whitened-ridge']);
    for (const reading of ['regression', 'conse+reverse-ridge', 'whitened-ridge']) {
      const [full, small] = [outputs, dir].map((of) => summariseRun(of, { ...FEW, reading }));
      expect(small.run.reading).toEqual({ name: reading, own: 'regression' });
      expect({ ...small, run: { ...small.run, command: '' } }).toEqual({
        ...full,
        run: { ...full.run, command: '' },
      });
    }
    const compared = (of: string) =>
      compareRuns([of, of], { readings: ['regression', 'conse+reverse-ridge'], resamples: 50 }).rows;
    expect(compared(dir)).toEqual(compared(outputs));
    expect(() => loadRun(dir, 'eszsl')).toThrow(/record.*own reading, and there is no record by eszsl/);
    expect(() => loadRun(dir, 'consse')).toThrow('unknown reading "consse"');
  });

  it('by another reading can be added later, and copied from a kept run', () => {
    const { outputs, records } = pairs.joint;
    const before = readFileSync(foldFiles(records, 'split-0').record);
    const readings = ['conse'];
    expect(keepRun(outputs, kept, { name: 'joint', readings }).added).toEqual(['split-0']);
    expect(keepRun(outputs, kept, { name: 'joint', readings })).toMatchObject({
      added: [],
      before: ['split-0'],
    });
    expect(readFileSync(foldFiles(records, 'split-0').record)).toEqual(before);
    const { dir } = keepRun(records, kept, { name: 'copied', readings });
    expect(loadRun(dir, 'conse').folds[0].measures).toEqual(loadRun(records, 'conse').folds[0].measures);
    const other = readingRecordFile(dir, 'split-0', 'eszsl');
    mkdirSync(dirname(other));
    copyFileSync(readingRecordFile(dir, 'split-0', 'conse'), other);
    expect(() => loadRun(dir, 'eszsl')).toThrow(/eszsl.*was measured by conse, not by eszsl/);
  });

  it('compare like outputs, with each other and with outputs', () => {
    const { rotations: first, unfinished: second } = pairs;
    const rowsOf = (...dirs: string[]) => compareRuns(dirs, { resamples: 50 }).rows;
    const full = rowsOf(first.outputs, second.outputs);
    expect(full.flatMap(({ differences }) => differences).filter(Boolean).length).toBeGreaterThan(3);
    expect(rowsOf(first.records, second.records)).toEqual(full);
    expect(rowsOf(first.outputs, second.records)).toEqual(full);
  });

  it('of several seeds have the same spread', () => {
    const seeds = [1, 2].map((seed) => made(`seeds/seed-${seed}`, { seed }));
    const spread = (of: 'outputs' | 'records') => {
      const dirs = seeds.map((pair) => pair[of]);
      const { measures } = summariseSeeds(
        dirs.map((dir, i) => ({ dir: `seed-${i}`, summary: summariseRun(dir, FEW) })),
      );
      return {
        measures,
        intervals: overSeeds(
          dirs.map((dir) => loadRun(dir)),
          50,
        ),
      };
    };
    expect(spread('records')).toEqual(spread('outputs'));
  });

  it('count as finished folds for every reader, with their log', () => {
    const [full, small] = [pairs.loo.outputs, pairs.loo.records].map((dir) => readRun(dir).folds);
    for (const [i, fold] of small.entries()) {
      const { start, end, engines, finished, kept: from, epochs, heldOut } = fold;
      expect({ finished, from }).toEqual({ finished: true, from: 'record' });
      expect({ start, end, engines, heldOut }).toEqual({
        start: full[i].start,
        end: full[i].end,
        engines: full[i].engines,
        heldOut: full[i].heldOut,
      });
      expect(epochs.map(({ epoch }) => epoch)).toEqual([0, 1, 2]);
      for (const [e, { trainLoss, heldOut: mean, classes: each }] of epochs.entries()) {
        const line = full[i].epochs[e];
        if (e > 0) expect(trainLoss! / line.trainLoss! - 1).toBeCloseTo(0, 3);
        expect(mean.rank! / line.heldOut.rank! - 1).toBeCloseTo(0, 3);
        expect(each[0].loss! / line.classes[0].loss! - 1).toBeCloseTo(0, 4);
      }
    }
  });

  it('contain the rank and the gap of each image', () => {
    const [fold] = loadRun(pairs.rotations.outputs).folds;
    const { columns } = readRecordFile(foldFiles(pairs.rotations.records, fold.record.id).record);
    const places = columns.get('image.places')!.values;
    expect(places.length).toBe(20 * 8);
    const ranks = fold.heldOut.map((_, c) =>
      places.subarray(c * 8, (c + 1) * 8).reduce((sum, place) => sum + (1 + place / 2) / 8, 0),
    );
    const summary = summariseRun(pairs.rotations.outputs, FEW);
    for (const [c, rank] of ranks.entries()) expect(rank).toBeCloseTo(summary.classes[c].all.rank, 12);
    expect(columns.get('image.gap')!.values.length).toBe(places.length);
  });

  it('preserve ties of scores', () => {
    const columns = readRun(pairs.ties.records).folds.map(
      ({ files }) => readRecordFile(files.record).columns,
    );
    expect(columns.map((of) => of.has('image.seenShare'))).toContain(true);
    expect(columns.map((of) => of.has('image.credit'))).toEqual([false, true]);
    expect([...columns[1].get('image.credit')!.values]).toContain(0.5);
  });

  it('take 16 kB for 20 of 100 classes with 100 images each, and 4 kB for one class', () => {
    const labels = hundredLabels();
    const sizeOf = (name: string, groups: number[][], protocol: string) => {
      const { records } = made(name, {
        ...{ groups, protocol, images: 100, dimension: 50, epochs: 25, seenImages: 100, noise: 1.5 },
      });
      const [{ files }] = readRun(records).folds;
      return statSync(files.record).size;
    };
    expect(sizeOf('large', rotations(labels.superclassOf).slice(0, 1), 'one-per-superclass')).toBeLessThan(
      16_384,
    );
    expect(sizeOf('single', [[7]], 'loo')).toBeLessThan(4096);
  });

  it('contain no outputs, and the error for a vocabulary explains that', async () => {
    const vocabulary = await openWords('shapes');
    expect(() => summariseRun(pairs.groups.outputs, { ...FEW, vocabulary })).not.toThrow();
    expect(() => summariseRun(pairs.groups.records, { ...FEW, vocabulary })).toThrow(
      /split-0\.record\.safetensors\.br contains measurements of fold split-0, but this needs the outputs of its images/,
    );
  });
});

describe('a network', () => {
  it('is in no record, and the error explains that', async () => {
    const { records } = pairs.groups;
    const problem = /split-0\.record\.safetensors\.br contains measurements of a fold, but not its network/;
    expect(() => openModel(records)).toThrow(problem);
    await expect(measureAnalogies({ model: records })).rejects.toThrow(problem);
  });
});

describe('an invalid record', () => {
  const broken = (change: (file: string) => void) => {
    const dir = mkdtempSync(join(root, 'broken-'));
    cpSync(pairs.ties.outputs, dir, { recursive: true });
    const { outputs, record } = foldFiles(dir, 'rotation-0');
    copyFileSync(foldFiles(pairs.ties.records, 'rotation-0').record, record);
    rmSync(outputs);
    change(record);
    return () => loadRun(dir);
  };
  const changed = (change: (about: Record<string, unknown>, columns: Map<string, unknown>) => void) =>
    broken((file) => {
      const { about, columns } = readRecordFile(file);
      const other = structuredClone(about) as unknown as Record<string, unknown>;
      change(other, columns);
      writeRecordFile(file, other as unknown as typeof about, columns);
    });

  it('is read if it is valid', () => {
    expect(broken(() => {})().folds.map(({ answers }) => answers === null)).toEqual([true, false]);
  });

  it.each<[string, () => () => unknown, RegExp]>([
    [
      'cut off',
      () => broken((file) => writeFileSync(file, readFileSync(file).subarray(0, 900))),
      /br: is damaged: /,
    ],
    [
      'changed',
      () =>
        broken((file) => {
          const bytes = brotliDecompressSync(readFileSync(file));
          bytes[bytes.length - 1] ^= 1;
          writeFileSync(file, brotliCompressSync(bytes));
        }),
      /br: its checksum does not match its content/,
    ],
    [
      'changed, as earlier versions wrote it',
      () =>
        broken((file) => {
          writeFileSync(file, brotliDecompressSync(readFileSync(file)));
          unseal(file);
          const bytes = readFileSync(file);
          bytes[bytes.length - 1] ^= 1;
          writeFileSync(file, brotliCompressSync(bytes));
        }),
      /is damaged: its checksum does not match its content/,
    ],
    [
      'of another seed',
      () => changed((about) => (about.seed = 9)),
      /belongs to another run: seed 9 in the record, 1 in run.json/,
    ],
    [
      'of other words',
      () => changed((about) => (about.words = 'ab')),
      /belongs to another run: word vectors ab/,
    ],
    [
      'of other classes',
      () => changed((about) => (about.heldOut = [0, 1, 2, 5])),
      /has other held-out classes/,
    ],
    ['without a column', () => changed((_, columns) => columns.delete('dot')), /lacks the column "dot"/],
    [
      'with a column of another shape',
      () => changed((_, columns) => columns.set('dot', { shape: [3], values: new Float64Array(3) })),
      /the column "dot" has shape \[3\], expected \[4\]/,
    ],
  ])('%s', (_, make, problem) => {
    expect(make()).toThrow(problem);
  });
});

describe('the drift between two trainings of a fold', () => {
  it('is zero between a fold and its record', () => {
    const drift = foldDrift(loadRun(pairs.rotations.outputs), loadRun(pairs.rotations.records));
    expect(drift.map(({ fold }) => fold)).toEqual(['rotation-0', 'rotation-1']);
    for (const { finalLoss, rank, hit5, otherRank } of drift)
      expect([finalLoss.largest, rank.largest, hit5.largest, otherRank]).toEqual([0, 0, 0, 0]);
  });

  it('names the class that differs most', () => {
    const first = loadRun(pairs.rotations.records);
    const second = loadRun(made('again', { noise: 0.31 }).records);
    const [{ finalLoss, rank, otherRank }] = foldDrift(first, second);
    const [before, after] = [first, second].map((data) =>
      summariseRun(data.run.dir, FEW).classes.slice(0, 20),
    );
    const losses = after.map((c, i) => c.finalLoss / before[i].finalLoss - 1);
    expect(Math.abs(finalLoss.largest)).toBeCloseTo(Math.max(...losses.map(Math.abs)), 12);
    expect(finalLoss.class).toBe(before[losses.indexOf(finalLoss.largest)].label);
    const ranks = after.map((c, i) => c.all.rank - before[i].all.rank);
    expect(rank.mean).toBeCloseTo(ranks.reduce((a, b) => a + b, 0) / 20, 12);
    expect(otherRank).toBeGreaterThan(0);
  });

  it('is refused for runs without a common fold', () => {
    expect(() => foldDrift(loadRun(pairs.rotations.records), loadRun(pairs.one.records))).toThrow(
      'no fold has finished in both',
    );
  });
});
