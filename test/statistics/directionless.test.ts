/**
 * A label with a zero vector has no direction: it has no rank, hit or cosine, and is no candidate for others.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { writeReport } from '../../src/report/index.js';
import { compareRuns, type Summary, summariseRun } from '../../src/statistics/index.js';
import { deriveKey, Random } from '../../src/util/random.js';
import { fakeRun } from './support/fake-run.js';

const dir = mkdtempSync(join(tmpdir(), 'lexel-directionless-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const D = 8;
const classes = Array.from({ length: 12 }, (_, c) => `word${c}`);
const random = new Random(deriveKey(3, 'directionless'));
const targets = Float32Array.from({ length: 12 * D }, () => 0.3 + random.normal());
const ZERO = 5;
const withZero = targets.map((x, i) => (Math.floor(i / D) === ZERO ? 0 : x));
const base = {
  classes,
  dimension: D,
  superclasses: ['a', 'b'],
  superclassOf: classes.map((_, c) => c % 2),
  noise: 0.2,
};
const groups = [
  [0, 1, 2, 3],
  [4, ZERO, 6, 7],
  [8, 9, 10, 11],
];
fakeRun(join(dir, 'groups'), { ...base, groups, protocol: 'holdout:4', targets: withZero, seenImages: 6 });
fakeRun(join(dir, 'loo'), {
  ...base,
  groups: classes.map((_, c) => [c]),
  protocol: 'loo',
  targets: withZero,
});

/** Paths in summary.json of null and non-finite values, to check all numbers at once. */
function wrongNumbers(summary: Summary): string[] {
  const found: string[] = [];
  const walk = (value: unknown, path: string) => {
    if (typeof value === 'number' && !Number.isFinite(value)) found.push(path);
    else if (value !== null && typeof value === 'object')
      for (const [key, inner] of Object.entries(value)) walk(inner, `${path}.${key}`);
  };
  walk(summary, '');
  return found;
}

describe.each(['groups', 'loo'])('a zero vector among the labels (%s)', (name) => {
  const summary = summariseRun(join(dir, name), { permutations: 50, resamples: 50 });
  const own = summary.classes.find((c) => c.class === ZERO)!;
  const others = summary.classes.filter((c) => c.class !== ZERO);

  it('has no rank, hit or cosine of its own', () => {
    for (const key of ['rank', 'hit1', 'hit5', 'hit10', 'euclideanRank', 'euclideanHit1'] as const) {
      expect(own.all[key]).toBeNaN();
      if (name === 'groups') expect(own.heldOut![key]).toBeNaN();
    }
    expect(own.centredCosine).toBeNaN();
    // Losses depend on points, not on directions.
    expect(own.finalLoss).toBeGreaterThan(0);
    // No other number of the summary is missing: only these may be NaN.
    const allowed = new RegExp(
      `^\\.classes\\.${summary.classes.indexOf(own)}\\.|^\\.zeroShot\\.classes\\.${summary.classes.indexOf(own)}\\.`,
    );
    expect(wrongNumbers(summary).filter((path) => !allowed.test(path))).toEqual([]);
  });
  it('is no candidate for other labels', () => {
    expect(summary.candidates.all).toBe(11);
    expect(summary.headline.rank.chance).toBe(6);
    expect(summary.zeroShot.labels).toBe(11);
    for (const c of others) expect(c.all.rank).toBeLessThanOrEqual(11);
    expect(summary.zeroShot.scorings[0].chance.rank).toBe(6);
    expect(summary.zeroShot.scorings[0].hubness.hubs.map(({ label }) => label)).not.toContain(`word${ZERO}`);
    if (name === 'groups') {
      // Eleven held-out words have a direction: two groups of four, one of three.
      expect(summary.headline.heldOutRank.chance).toBeCloseTo((8 * 2.5 + 3 * 2) / 11, 10);
      for (const c of others) if (c.fold === own.fold) expect(c.heldOut!.rank).toBeLessThanOrEqual(3);
    }
  });
  it('is skipped in means, and is named', () => {
    const mean = (values: number[]) => values.reduce((a, b) => a + b, 0) / values.length;
    expect(summary.headline.rank.value).toBeCloseTo(mean(others.map((c) => c.all.rank)), 10);
    expect(summary.headline.centredCosine.value).toBeCloseTo(mean(others.map((c) => c.centredCosine)), 10);
    expect(summary.zeroShot.scorings[0].value.rank).toBeCloseTo(mean(others.map((c) => c.all.rank)), 10);
    if (name === 'groups') expect(summary.headline.rank.permutationNull!.mean).toBeGreaterThan(1);
    expect(summary.why.classes.map(({ label }) => label)).not.toContain(`word${ZERO}`);
    expect(summary.notes[0]).toMatchInlineSnapshot(
      `"A label has a zero vector, which has no direction: word5. Such a label has no rank, hit or centred cosine, and it is not a candidate for other labels."`,
    );
  });
  it('is n/a in the report', async () => {
    const out = join(dir, `report-${name}`);
    await writeReport(join(dir, name), { out, permutations: 20, resamples: 20 });
    const html = readFileSync(join(out, 'report.html'), 'utf8');
    expect(html).toContain(`a zero vector, which has no direction: word${ZERO}`);
    expect(html).not.toContain('NaN');
    const json = JSON.parse(readFileSync(join(out, 'summary.json'), 'utf8'));
    expect(json.classes[summary.classes.indexOf(own)].all.rank).toBeNull();
    for (const file of ['classes.csv', 'zero-shot.csv']) {
      expect(readFileSync(join(out, file), 'utf8')).not.toContain('NaN');
    }
  });
});

it('does not affect runs without one, and is left out of comparisons with them', () => {
  fakeRun(join(dir, 'plain'), { ...base, groups, protocol: 'holdout:4', targets, seenImages: 6 });
  expect(wrongNumbers(summariseRun(join(dir, 'plain'), { permutations: 50, resamples: 50 }))).toEqual([]);
  const { rows } = compareRuns([join(dir, 'plain'), join(dir, 'groups')], { resamples: 50 });
  for (const row of rows) for (const value of row.values) expect(value).toSatisfy(Number.isFinite);
});
