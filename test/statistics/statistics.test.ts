import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { readFoldOutputs, writeFoldOutputs } from '../../src/crossval/fold-outputs.js';
import { foldFiles, readRun } from '../../src/crossval/run-file.js';
import { aggregate, aggregateRows } from '../../src/statistics/aggregate.js';
import { calibratedSkillAt, crossFittedAlphas } from '../../src/statistics/calibration.js';
import {
  type ClassCurve,
  classCurves,
  flatAfter,
  quartileBands,
  quartileCurves,
  stillImproves,
} from '../../src/statistics/curves.js';
import { loadRun } from '../../src/statistics/load.js';
import { pairTable } from '../../src/statistics/pair-table.js';
import { computePermutationNull } from '../../src/statistics/permutation-null.js';
import { summarise, summariseRun } from '../../src/statistics/summary.js';
import { FormatError, LexelError } from '../../src/util/errors.js';
import { naiveRun, rows } from './naive.js';
import { fakeRun, hundredLabels, rotations } from './support/fake-run.js';

const root = mkdtempSync(join(tmpdir(), 'lexel-analysis-'));
afterAll(() => rmSync(root, { recursive: true }));
const labels = hundredLabels();
const protocol = 'one-per-superclass';
const group = join(root, 'group');
fakeRun(group, { ...labels, groups: rotations(labels.superclassOf), protocol });
const loo = join(root, 'loo');
fakeRun(loo, { ...labels, groups: [[3], [7], [91]], protocol: 'loo', unfinished: 1 });

describe('statistics', () => {
  test('agree with a simple second implementation', () => {
    const { folds, targets, run } = readRun(group);
    const summary = summariseRun(group, { permutations: 50 });
    const naive = naiveRun(
      rows(targets, run.words.dimension),
      folds.map(({ files, heldOut }) => ({ file: files.outputs, heldOut })),
    );
    expect(summary.classes.length).toBe(100);
    for (const [i, other] of naive.entries()) {
      const c = summary.classes[i];
      expect(c.class).toBe(other.class);
      expect(c.initialLoss).toBeCloseTo(other.losses.L0, 10);
      expect(c.firstEpochLoss).toBeCloseTo(other.losses.L1, 10);
      expect(c.finalLoss).toBeCloseTo(other.losses.LE, 10);
      expect(c.zeroLoss).toBeCloseTo(other.losses.Lz, 10);
      expect(c.meanVectorLoss).toBeCloseTo(other.losses.Lm, 10);
      expect(c.change.initial).toBeCloseTo((other.losses.LE - other.losses.L0) / other.losses.L0, 10);
      expect(c.change.firstEpoch).toBeCloseTo((other.losses.LE - other.losses.L1) / other.losses.L1, 10);
      expect(c.change.zero).toBeCloseTo((other.losses.LE - other.losses.Lz) / other.losses.Lz, 10);
      expect(c.meanVectorChange.initial).toBeCloseTo(
        (other.losses.Lm - other.losses.L0) / other.losses.L0,
        10,
      );
      expect(c.skill).toBeCloseTo(other.skill, 10);
      expect(c.calibratedSkill).toBeCloseTo(other.calibratedSkill, 10);
      expect(c.centredCosine).toBeCloseTo(other.centredCosine, 10);
      expect(c.all.rank).toBeCloseTo(other.rankAll, 10);
      expect(c.all.hit5).toBeCloseTo(other.hit5All, 10);
      expect(c.all.euclideanRank).toBeCloseTo(other.euclideanRank, 10);
      expect(c.heldOut!.rank).toBeCloseTo(other.rankHeldOut, 10);
      expect(c.heldOut!.hit1).toBeCloseTo(other.hit1HeldOut, 10);
    }
    const changes = summary.classes.map((c) => c.change.initial).sort((a, b) => a - b);
    const own = summary.change.initial;
    expect(own.improved).toBe(changes.filter((x) => x < 0).length);
    expect(own.median).toBeCloseTo((changes[49] + changes[50]) / 2, 12);
    expect([own.best.change, own.worst.change]).toEqual([changes[0], changes[99]]);
    expect(summary.classes.find((c) => c.label === own.best.label)!.change.initial).toBe(changes[0]);
    const { headline } = summary;
    expect(headline.rank.value).toBeCloseTo(naive.reduce((s, c) => s + c.rankAll, 0) / 100, 10);
    expect(headline.rank.chance).toBe(50.5);
    expect(headline.heldOutRank.chance).toBe(10.5);
    expect(headline.heldOutHit5.chance).toBeCloseTo(0.25, 12);
    expect(headline.calibratedSkill.value).toBeCloseTo(
      naive.reduce((s, c) => s + c.calibratedSkill, 0) / 100,
      10,
    );
  });

  test('a run of single classes has no permutation null, no held-out ranks and no calibration', () => {
    const summary = summariseRun(loo);
    expect(summary.folds).toMatchObject({ finished: 2, total: 3, unusable: [] });
    expect(summary.notes[0]).toBe('2 of 3 folds have finished; every number here is of those alone.');
    expect(summary.permutationNull).toBeNull();
    expect(summary.headline.calibratedSkill).toEqual({ value: null, chance: null, permutationNull: null });
    expect(summary.headline.heldOutRank.value).toBeNull();
    expect(summary.headline.rank.chance).toBe(50.5);
    expect(summary.classes.map((c) => c.heldOut)).toEqual([null, null]);
  });
});

describe('calibration', () => {
  test('hand-made numbers: each class gets the α of the others', () => {
    // Nine classes with agreement 1 and energy 2, and a tenth with 3 and 2.
    const entries = Array.from({ length: 10 }, (_, target) => ({
      target,
      agreement: target === 9 ? 3 : 1,
      energy: 2,
    }));
    const alphas = crossFittedAlphas(entries)!;
    expect(alphas[9]).toBeCloseTo(9 / 18, 12);
    expect(alphas[0]).toBeCloseTo((8 + 3) / 18, 12);
    expect(calibratedSkillAt(0.5, { target: 0, agreement: 1, energy: 2 })).toBeCloseTo(0.5, 12);
    expect(crossFittedAlphas(entries.slice(1))).toBeNull();
  });

  test('a class held out twice is left out of its own α both times, and counts as one class', () => {
    const entries = Array.from({ length: 10 }, (_, target) => ({ target, agreement: 1, energy: 2 }));
    const twice = [...entries, { target: 0, agreement: 100, energy: 2 }];
    expect(crossFittedAlphas(twice)![0]).toBeCloseTo(0.5, 12);
    expect(crossFittedAlphas([...entries.slice(1), { ...entries[1] }])).toBeNull();
  });

  test('is not clipped: outputs in the opposite direction get a negative α', () => {
    const entries = Array.from({ length: 12 }, (_, target) => ({ target, agreement: -1, energy: 2 }));
    expect(crossFittedAlphas(entries)![0]).toBeCloseTo(-0.5, 12);
  });
});

describe('permutation null', () => {
  const tablesOf = (dir: string) => {
    const data = loadRun(dir);
    return data.folds.map((fold) => pairTable(fold));
  };

  test('excludes the result if outputs carry signal, and contains it if they do not', () => {
    const strong = computePermutationNull(tablesOf(group), 1, 500)!;
    expect(strong.intervals.heldOutRank!.p).toBeCloseTo(1 / 501, 12);
    const blind = join(root, 'blind');
    fakeRun(blind, { ...labels, groups: rotations(labels.superclassOf), protocol, signal: 0, seed: 5 });
    const weak = computePermutationNull(tablesOf(blind), 1, 500)!;
    const result = summariseRun(blind, { permutations: 10 }).headline.heldOutRank.value!;
    expect(weak.intervals.heldOutRank!.low).toBeLessThan(result);
    expect(weak.intervals.heldOutRank!.high).toBeGreaterThan(result);
    expect(weak.intervals.heldOutRank!.mean).toBeCloseTo(10.5, 0);
  });

  test('two classes, two permutations: the exact distribution', () => {
    const pair = join(root, 'pair');
    fakeRun(pair, { classes: ['a', 'b', 'c', 'd'], groups: [[0, 1]], protocol: 'holdout:2', noise: 0.05 });
    const tables = tablesOf(pair);
    const cosine = tables[0].pairs.column('centredCosine');
    const straight = (cosine[0] + cosine[3]) / 2;
    const crossed = (cosine[1] + cosine[2]) / 2;
    const { intervals } = computePermutationNull(tables, 3, 4000)!;
    expect(intervals.centredCosine!.mean).toBeCloseTo((straight + crossed) / 2, 1);
    expect([intervals.centredCosine!.low, intervals.centredCosine!.high]).toEqual(
      [straight, crossed].sort((a, b) => a - b),
    );
  });

  test('the identity permutation gives the result', () => {
    const tables = tablesOf(group);
    const rows = tables.map(({ own, pairs }) => ({
      columns: pairs,
      at: Int32Array.from(own, (_, c) => c * own.length + c),
    }));
    expect(aggregateRows(rows)).toEqual(aggregate(tables.flatMap(({ own }) => own)));
  });

  test('equal seeds, equal permutations', () => {
    const tables = tablesOf(group);
    expect(computePermutationNull(tables, 7, 20)).toEqual(computePermutationNull(tables, 7, 20));
    expect(computePermutationNull(tables, 7, 20)).not.toEqual(computePermutationNull(tables, 8, 20));
  });
});

describe('curves', () => {
  const curve = (c: number, loss: number[]): ClassCurve => ({
    fold: 'f',
    class: c,
    label: `c${c}`,
    epochs: loss.map((_, i) => i),
    trained: loss.length - 1,
    kept: loss.at(-1)!,
    loss,
    relative: loss.map((x) => (x - loss[0]) / loss[0]),
  });
  const curves = [curve(0, [4, 2, 1]), curve(1, [4, 3, 2]), curve(2, [4, 4, 3]), curve(3, [4, 5, 4])];

  test('quartiles, and the classes at the quartiles', () => {
    expect(quartileBands(curves, 'loss')[2]).toEqual({
      epoch: 2,
      low: 1.75,
      median: 2.5,
      high: 3.25,
      count: 4,
    });
    expect(quartileCurves(curves, 'loss').map(({ rank, curve: c }) => [rank, c.label])).toEqual([
      [1, 'c0'],
      [3, 'c2'],
    ]);
    const hundred = Array.from({ length: 100 }, (_, i) => curve(i, [200, 100 - i]));
    expect(quartileCurves(hundred, 'relative').map(({ rank, curve: c }) => [rank, c.class])).toEqual([
      [25, 75],
      [75, 25],
    ]);
    expect(quartileCurves(curves.slice(1), 'loss')).toEqual([]);
  });

  test('flat after, still improving', () => {
    const bands = (medians: number[]) =>
      medians.map((m, epoch) => ({ epoch, low: m, median: m, high: m, count: 1 }));
    expect(flatAfter(bands([0, -10, -19.5, -20, -19.8]))).toBe(2);
    expect(flatAfter(bands([0, -10, -20]))).toBeNull();
    expect(flatAfter(bands([0, 0]))).toBeNull();
    expect(curves.filter(stillImproves)).toHaveLength(3);
    // A fold that stopped while its loss still fell; the curve goes on with that loss.
    expect(stillImproves({ ...curve(0, [4, 2, 2]), trained: 1 })).toBe(true);
    expect(stillImproves(curve(0, [4, 2, 2]))).toBe(false);
  });

  test('come from finished folds only and agree with the outputs', () => {
    const data = loadRun(loo);
    expect(classCurves(data).map((c) => [c.fold, c.epochs.length])).toEqual([
      ['caterpillar', 6],
      ['bus_1', 6],
    ]);
    expect(summarise(data).notes.some((note) => note.includes('disagree'))).toBe(false);
  });
});

describe('invalid runs', () => {
  const fresh = (name: string) => {
    const dir = join(root, name);
    fakeRun(dir, { ...labels, groups: [[3], [7]], protocol: 'loo' });
    return dir;
  };

  test('a diverged fold is excluded and named', () => {
    const dir = fresh('diverged');
    const file = foldFiles(dir, 'caterpillar').outputs;
    const outputs = readFoldOutputs(file);
    outputs.heldOut.last[5] = Number.NaN;
    writeFoldOutputs(file, outputs);
    const summary = summariseRun(dir);
    expect(summary.classes.map((c) => c.label)).toEqual(['bus_1']);
    expect(summary.notes[0]).toMatch(/^Fold caterpillar is left out of every number: training diverged/);
  });

  test('nothing finished, outputs of another fold, a cut file', () => {
    const none = join(root, 'none');
    fakeRun(none, { ...labels, groups: [[3]], protocol: 'loo', unfinished: 1 });
    expect(() => loadRun(none)).toThrow(LexelError);
    expect(() => loadRun(none)).toThrow(/none of its 1 folds has finished yet/);
    const dir = fresh('mixed');
    const [one, other] = ['caterpillar', 'bus_1'].map((id) => foldFiles(dir, id).outputs);
    writeFileSync(one, readFileSync(other));
    expect(() => loadRun(dir)).toThrow(
      `${one}: is of another run or fold: its fold is bus_1, not caterpillar`,
    );
    writeFoldOutputs(one, { ...readFoldOutputs(other), metadata: {} });
    expect(() => loadRun(dir)).toThrow(/image 0 has class 7, which fold "caterpillar" does not hold out/);
    writeFileSync(one, readFileSync(other).subarray(0, 500));
    expect(() => loadRun(dir)).toThrow(FormatError);
    appendFileSync(other, 'x');
    expect(() => loadRun(dir)).toThrow(FormatError);
  });

  test('a log whose loss differs from that of the outputs is noted', () => {
    const dir = fresh('other-log');
    const { log } = foldFiles(dir, 'bus_1');
    writeFileSync(log, readFileSync(log, 'utf8').replace(/("epoch":5,.*"class":7,"loss":)[\d.]+/, '$19.5'));
    expect(summariseRun(dir).notes.at(-1)).toMatch(/bus_1 and its kept outputs disagree/);
  });
});
