/** Runs of other recipes and of controls, measured in each fold's own space. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { foldFiles, readRun } from '../../src/crossval/index.js';
import { summaryText } from '../../src/report/text.js';
import { runName } from '../../src/statistics/evidence/runs.js';
import { loadRun } from '../../src/statistics/load.js';
import { summarise, summariseRun } from '../../src/statistics/summary.js';
import { FormatError } from '../../src/util/errors.js';
import { naiveRun, rows } from './naive.js';
import { fakeRun, hundredLabels, rotations } from './support/fake-run.js';

const root = mkdtempSync(join(tmpdir(), 'lexel-recipes-'));
afterAll(() => rmSync(root, { recursive: true }));
const labels = hundredLabels();

/** A run whose run.json has other settings than the poster's. */
function runOf(name: string, changes: object): string {
  const dir = join(root, name);
  const groups = rotations(labels.superclassOf).slice(0, 2);
  fakeRun(dir, { ...labels, groups, protocol: 'one-per-superclass' });
  const file = join(dir, 'run.json');
  writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), ...changes }));
  return dir;
}

describe('a run of another recipe', () => {
  test('that is not known is refused by the name of its file', () => {
    const dir = runOf('unknown', { recipe: 'newer' });
    expect(() => loadRun(dir)).toThrow(`${join(dir, 'run.json')}: unknown recipe "newer"`);
    expect(() => loadRun(dir)).toThrow(FormatError);
  });

  test('is named by its training settings', () => {
    const { run } = readRun(runOf('named', { recipe: 'centred' }));
    expect(runName('runs/a', run)).toBe('a (recipe centred)');
    const ranked = { ...run, config: { ...run.config, ranking: 0.1 } };
    expect(runName('runs/b/', ranked)).toBe('b (recipe centred, ranking loss 0.1)');
    expect(runName('runs/c', { ...run, control: 'permuted' })).toBe('c (control permuted)');
  });
  test.each(['centred', 'abtt', 'whitened'])('%s: measures every fold in its own space', (recipe) => {
    const data = loadRun(runOf(recipe, { recipe }));
    const { classes } = summarise(data, { permutations: 10 });
    const [first, second] = data.folds.map(({ space }) => space.targets);
    expect(first).not.toEqual(second);
    const d = data.dimension;
    const naive = data.folds.flatMap(({ record, space }) =>
      naiveRun(rows(space.targets, d), [{ file: record.files.outputs, heldOut: [...record.heldOut] }]),
    );
    expect(classes.length).toBe(40);
    for (const [i, c] of classes.entries()) {
      expect(c.class).toBe(naive[i].class);
      expect(c.finalLoss).toBeCloseTo(naive[i].losses.LE, 6);
      expect(c.meanVectorLoss).toBeCloseTo(naive[i].losses.Lm, 6);
      expect(c.centredCosine).toBeCloseTo(naive[i].centredCosine, 6);
      expect(c.all.rank).toBeCloseTo(naive[i].rankAll, 6);
      expect(c.heldOut!.rank).toBeCloseTo(naive[i].rankHeldOut, 6);
    }
  });
});

describe('folds of several engines', () => {
  test('are listed in a note', () => {
    const dir = runOf('engines', {});
    expect(summariseRun(dir, { permutations: 2, resamples: 2 }).notes.join()).not.toContain('engines');
    const engine = (build: string) => ({ backend: 'native', isa: 'avx2', build });
    for (const [fold, build] of [
      ['rotation-0', 'one'],
      ['rotation-1', 'two'],
    ]) {
      const { log } = foldFiles(dir, fold);
      const [start, ...rest] = readFileSync(log, 'utf8').split('\n');
      const told = JSON.stringify({ ...JSON.parse(start), engine: engine(build) });
      writeFileSync(log, [told, ...rest].join('\n'));
    }
    const note = summariseRun(dir, { permutations: 2, resamples: 2 }).notes.find((text) =>
      text.includes('engines'),
    );
    expect(note).toMatch(
      /^Folds were trained on 2 engines, whose last bits differ: 1 of \d on native \(avx2, build one\), 1 of \d on native \(avx2, build two\)\.$/,
    );
  });
});

describe('a control', () => {
  test('is labelled as one wherever it is reported', () => {
    const summary = summariseRun(runOf('permuted', { control: 'permuted' }), { permutations: 10 });
    expect(summary.run.control).toBe('permuted');
    expect(summary.notes[0]).toContain('This is a control run (permuted)');
    expect(summaryText(summary).split('\n')[0]).toContain('recipe poster, control permuted, seed');
    expect(summariseRun(runOf('real', {}), { permutations: 10 }).run.control).toBeNull();
  });
});
