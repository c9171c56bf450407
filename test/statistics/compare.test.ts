import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { writeFoldOutputs } from '../../src/crossval/fold-outputs.js';
import { foldFiles, readFoldOutputs } from '../../src/crossval/index.js';
import { comparisonText } from '../../src/report/comparison.js';
import { compareRuns, comparisonSchema } from '../../src/statistics/evidence/compare.js';
import { compareWith } from '../../src/statistics/evidence/compared-with.js';
import { overSeeds } from '../../src/statistics/evidence/over-seeds.js';
import { holm, signFlip, smallestDetectable } from '../../src/statistics/evidence/paired-test.js';
import { seedDirectories } from '../../src/statistics/evidence/runs.js';
import { resamplingUnits } from '../../src/statistics/evidence/units.js';
import { loadRun } from '../../src/statistics/load.js';
import { summariseRun } from '../../src/statistics/summary.js';
import { LexelError, UsageError } from '../../src/util/errors.js';
import { fakeRun, hundredLabels, rotations } from './support/fake-run.js';

const root = mkdtempSync(join(tmpdir(), 'lexel-compare-'));
afterAll(() => rmSync(root, { recursive: true }));
const labels = hundredLabels();
const groups = rotations(labels.superclassOf);
const protocol = 'one-per-superclass';
const made = (name: string, options: Partial<Parameters<typeof fakeRun>[1]> = {}, changes: object = {}) => {
  const dir = join(root, name);
  const run = fakeRun(dir, { ...labels, groups, protocol, images: 8, ...options });
  writeFileSync(join(dir, 'run.json'), JSON.stringify({ ...run, ...changes }));
  return dir;
};
const real = made('real');
// Two folds fewer, and random outputs.
const permuted = made(
  'permuted',
  { groups: groups.slice(0, 3), signal: 0, seed: 2 },
  { control: 'permuted' },
);
made('seeds/seed-1', { seed: 1, groups: groups.slice(0, 2) });
made('seeds/seed-10', { seed: 10, groups: groups.slice(0, 2) });
made('seeds/seed-2', { seed: 2, groups: groups.slice(0, 2), unfinished: 1 });
const seeds = join(root, 'seeds');
const mean = (values: number[]) => values.reduce((a, b) => a + b, 0) / values.length;
const classesOf = (dir: string) => summariseRun(dir, { permutations: 2, resamples: 2 }).classes;

describe('compare', () => {
  const found = compareRuns([real, permuted], { resamples: 500 });

  test('matches its schema as JSON, key by key', () => {
    const json = JSON.parse(JSON.stringify(found));
    expect(json).toStrictEqual(found);
    expect(comparisonSchema.parse(json)).toStrictEqual(json);
  });

  test('means and differences over the common classes, tested as pairs', () => {
    expect(found.labels.length).toBe(60);
    expect(found.folds).toEqual(['rotation-0', 'rotation-1', 'rotation-2']);
    const a = classesOf(real).slice(0, 60);
    const b = classesOf(permuted);
    const row = found.rows.find((r) => r.measure === 'hit5')!;
    expect(row.values[0]).toBeCloseTo(mean(a.map((c) => c.all.hit5)), 12);
    expect(row.values[1]).toBeCloseTo(mean(b.map((c) => c.all.hit5)), 12);
    const differences = b.map((c, i) => c.all.hit5 - a[i].all.hit5);
    const { mean: m, interval, p, detectable } = row.differences[1]!;
    expect(m).toBeCloseTo(mean(differences), 12);
    expect(interval!.low).toBeLessThan(m);
    expect(interval!.high).toBeGreaterThan(m);
    const units = resamplingUnits(
      a.map((c) => ({ target: c.class })),
      labels.superclassOf,
    );
    expect(found.units).toEqual({ by: 'superclass', count: 20 });
    expect(p).toBe(signFlip(differences, units, 1)!.p);
    expect(detectable).toBe(smallestDetectable(differences, units));
    const tested = found.rows.flatMap((r) => r.differences[1] ?? []);
    // No images of seen classes were kept: these measures are n/a and have no test to correct for.
    expect(found.rows.length - tested.length).toBe(2);
    const ps = tested.map((d) => d.p);
    expect(tested.map((d) => d.pHolm)).toEqual(holm(ps));
    expect(found.rows.map((r) => r.differences[0])).toEqual(found.rows.map(() => null));
  });

  test('--folds by number, range and id; an unknown fold is named', () => {
    const one = compareRuns([real, permuted], { folds: ['1'], resamples: 10 });
    expect([one.folds, one.labels.length]).toEqual([['rotation-1'], 20]);
    expect(compareRuns([real, permuted], { folds: ['0-1', 'rotation-2'], resamples: 10 }).labels.length).toBe(
      60,
    );
    expect(() => compareRuns([real, permuted], { folds: ['7'] })).toThrow(/does not have a fold "7"/);
    expect(() => compareRuns([real])).toThrow(UsageError);
  });

  test('a directory of seeds counts with the means of its classes over seeds', () => {
    const both = compareRuns([real, seeds], { resamples: 10 });
    // seed-2 has finished only one fold.
    expect([both.runs[1].seeds, both.labels.length]).toEqual([[1, 2, 10], 20]);
    const cosines = [1, 2, 10].map((seed) =>
      mean(
        classesOf(join(seeds, `seed-${seed}`))
          .slice(0, 20)
          .map((c) => c.centredCosine),
      ),
    );
    expect(both.rows.at(-1)!.values[1]).toBeCloseTo(mean(cosines), 12);
  });

  test('single classes: held-out ranks are n/a, and left out of the text', () => {
    const loo = made('loo', { groups: [[0], [1], [2]], protocol: 'loo' });
    const again = made('again', { groups: [[0], [1], [2]], protocol: 'loo', seed: 9 });
    const single = compareRuns([loo, again], { folds: ['0', 'aquarium_fish'], resamples: 10 });
    expect(single.labels).toEqual(['apple', 'aquarium_fish']);
    expect(single.rows[3]).toMatchObject({ values: [null, null], differences: [null, null] });
    expect(comparisonText(single)).toContain('mean rank, among all labels');
    expect(comparisonText(single)).not.toMatch(/n\/a|among the held-out/);
    expect(() => compareRuns([loo, real])).toThrow(/no class was held out in the same group/);
  });

  test('other images are refused', () => {
    const run = JSON.parse(readFileSync(join(real, 'run.json'), 'utf8'));
    const other = made('other', {}, { dataset: { ...run.dataset, hash: 'feed' } });
    expect(() => compareRuns([real, other])).toThrow(LexelError);
  });

  test('the terminal’s text', () => {
    const text = comparisonText(found);
    expect(text).toMatch(/60 held-out classes of 3 folds/);
    expect(text).toMatch(/B {2}permuted \(control permuted\), 5 epochs, seed 2/);
    expect(text).toMatch(/hit@5, among all labels +\d+\.\d % +\d+\.\d %/);
    expect(text).toMatch(
      /centred cosine +−0\.\d{3} +−0\.\d{3} to −0\.\d{3} +< 0\.001 +< 0\.001 +0\.\d{3} +worse/,
    );
    expect(text).not.toMatch(/NaN|undefined/);
  });
});

test('compared-with: the same statistics on the common classes', () => {
  const comparedWith = compareWith(loadRun(real), [permuted]);
  expect(comparedWith).toMatchObject({ classes: 60, fewerThanOwn: true });
  const classes = classesOf(real).slice(0, 60);
  expect(comparedWith.own.values.rank).toBeCloseTo(mean(classes.map((c) => c.all.rank)), 12);
  expect(comparedWith.own.answer.meanChange).toBeCloseTo(mean(classes.map((c) => c.change.initial)), 12);
  expect(comparedWith.runs[0]).toMatchObject({ name: 'permuted (control permuted)', control: 'permuted' });
  expect(comparedWith.runs[0]).toMatchObject({ seeds: [2], ranges: null });
  expect(comparedWith.cautions).toEqual([]);
});

test('compared-with: a directory of seeds gives mean and range, so every permutation of a control counts', () => {
  const dirs = [4, 5].map((seed) =>
    made(
      `permutations/seed-${seed}`,
      { groups: groups.slice(0, 3), signal: 0, seed },
      { control: 'permuted' },
    ),
  );
  const found = compareWith(loadRun(real), [join(root, 'permutations'), permuted]);
  const own = dirs.map((dir) => mean(classesOf(dir).map((c) => c.all.rank)));
  const [both, one] = found.runs;
  expect(both).toMatchObject({ name: 'permutations (control permuted)', seeds: [4, 5], control: 'permuted' });
  expect(both.values.rank).toBeCloseTo(mean(own), 10);
  expect(both.ranges!.rank!.low).toBeCloseTo(Math.min(...own), 10);
  expect(both.ranges!.rank!.high).toBeCloseTo(Math.max(...own), 10);
  expect(both.ranges!.ausuc).toBeNull();
  expect(one.seeds).toEqual([2]);
  const changes = dirs.map((dir) => mean(classesOf(dir).map((c) => c.change.initial)));
  expect(both.answer.meanChange).toBeCloseTo(mean(changes), 10);
});

describe('runs that also hold out other classes', () => {
  const seen = { ...labels, protocol, images: 8, seenImages: 3, signal: 0.8 };
  const whole = made('whole', { ...seen, groups: groups.slice(0, 3) });
  const part = made('part', { ...seen, groups: groups.slice(0, 1) });

  test('are measured on their common folds: a run equals a part of itself', () => {
    // With equal seeds, the outputs of the first fold are the same.
    const { rows } = compareRuns([whole, part], { resamples: 10 });
    const differences = rows.map(({ measure, differences: [, d] }) => [measure, d?.mean]);
    expect(differences).toEqual(rows.map(({ measure }) => [measure, 0]));
    expect(rows.map(({ differences: [, d] }) => [d!.p, d!.detectable])).toEqual(rows.map(() => [null, null]));
    const found = compareWith(loadRun(whole), [part]);
    expect(found.runs[0].values).toEqual(found.own.values);
    expect(found.own.values.ausuc).not.toBeNull();
  });

  test('without images of seen classes are reported as such', () => {
    const dir = join(root, 'mixed');
    cpSync(whole, dir, { recursive: true });
    const file = foldFiles(dir, 'rotation-1').outputs;
    const { seenImages: _, ...without } = readFoldOutputs(file);
    writeFoldOutputs(file, without);
    const { headline, notes } = summariseRun(dir, { permutations: 5, resamples: 5 });
    expect(headline.ausuc.value).not.toBeNull();
    expect(notes).toContainEqual(
      expect.stringMatching(/^2 of 3 folds have kept the test images of their seen classes/),
    );
    expect(
      compareRuns([whole, dir], { resamples: 5 }).rows.find((r) => r.measure === 'ausuc')!.values,
    ).toEqual([expect.any(Number), null]);
  });
});

describe('groups that the seed draws', () => {
  const drawn = [
    [
      [0, 1, 2],
      [3, 4, 5],
    ],
    [
      [0, 2, 4],
      [1, 3, 5],
    ],
  ];
  const seeded = (name: string, signal: number) => {
    for (const [seed, own] of drawn.entries())
      made(`${name}/seed-${seed}`, { groups: own, protocol: 'holdout:3', seed, signal });
    return join(root, name);
  };
  const [a, b] = [seeded('drawn-a', 0.8), seeded('drawn-b', 0)];

  test('are matched seed by seed', () => {
    const found = compareRuns([a, b], { resamples: 10 });
    expect([found.labels.length, found.runs[0].seeds]).toEqual([6, [0, 1]]);
    const cosine = found.rows.find((r) => r.measure === 'centredCosine')!;
    const own = [0, 1].flatMap((seed) => classesOf(join(a, `seed-${seed}`)).map((c) => c.centredCosine));
    expect(cosine.values[0]).toBeCloseTo(mean(own), 10);
  });

  test('are compared only with a run of the same seed', () => {
    const found = compareWith(loadRun(join(a, 'seed-1')), [b]);
    expect(found.runs[0]).toMatchObject({ seeds: [1], ranges: null });
    expect(found.classes).toBe(6);
    const other = made('other-seed', { groups: [[7, 8, 9]], protocol: 'holdout:3', seed: 7 });
    expect(() => compareWith(loadRun(other), [b])).toThrow(/no class was held out in the same group/);
  });
});

test('a directory whose seeds are not one experiment is refused', () => {
  made('mix/seed-0', { groups: groups.slice(0, 2), seed: 0 });
  made('mix/seed-1', { groups: groups.slice(0, 2), seed: 1 }, { control: 'permuted' });
  const mix = join(root, 'mix');
  const expected = 'are different experiments: control is null and "permuted"';
  expect(() => compareRuns([real, mix])).toThrow(expected);
  expect(() => compareWith(loadRun(real), [mix])).toThrow(expected);
});

describe("a comparison's notes state its limits", () => {
  test('other superclasses, few units, averages of an earlier version', () => {
    const run = JSON.parse(readFileSync(join(real, 'run.json'), 'utf8'));
    const bare = made('bare', {}, { dataset: { ...run.dataset, superclasses: [], superclassOf: [] } });
    for (const dirs of [
      [real, bare],
      [bare, real],
    ]) {
      const { units, notes } = compareRuns(dirs, { resamples: 5 });
      expect(units).toEqual({ by: 'superclass', count: 20 });
      expect(notes).toEqual([expect.stringContaining(`${bare} has other superclasses, or none`)]);
    }
    const few = [1, 2].map((seed) => made(`few-${seed}`, { groups: [[0, 1, 2, 3, 4, 5]], seed }));
    const found = compareRuns(few, { resamples: 5 });
    expect(found.units).toEqual({ by: 'class', count: 6 });
    expect(found.notes[0]).toMatch(/no p can be below 0\.031, and corrected over 7 tests none below 0\.219/);
    expect(comparisonText(found)).toContain(`note: ${found.notes[0]}`);
    const old = made('old', {}, { version: 1, config: { ...run.config, ema: 0.99 } });
    expect(compareRuns([real, old], { resamples: 5 }).notes[0]).toMatch(
      /old: trained with --ema by an earlier version/,
    );
    expect(compareWith(loadRun(real), [old]).cautions.join()).toMatch(/ema 0\.99, not 0.*trained with --ema/);
    expect(summariseRun(old, { permutations: 2, resamples: 2 }).notes.join()).toContain('trained with --ema');
  });
});

test('over seeds: mean, spread, and an interval over classes and seeds', () => {
  const dirs = seedDirectories(seeds)!;
  expect(dirs.map((dir) => dir.slice(seeds.length + 1))).toEqual(['seed-1', 'seed-2', 'seed-10']);
  expect(seedDirectories(real)).toBeNull();
  const found = overSeeds(
    dirs.map((dir) => loadRun(dir)),
    400,
  );
  expect(found).toMatchObject({ seeds: [1, 2, 10], classes: 20 });
  const { values, mean: m, deviation, interval } = found!.of.centredCosine!;
  const own = dirs.map((dir) =>
    mean(
      classesOf(dir)
        .slice(0, 20)
        .map((c) => c.centredCosine),
    ),
  );
  for (const [s, value] of values.entries()) expect(value).toBeCloseTo(own[s], 12);
  expect(m).toBeCloseTo(mean(own), 12);
  expect(deviation).toBeCloseTo(Math.sqrt(own.reduce((s, v) => s + (v - m) ** 2, 0) / 2), 12);
  expect(interval!.low).toBeLessThan(m);
  expect(interval!.high).toBeGreaterThan(m);
  expect(found!.of.flatAfter).not.toBeNull();
});
