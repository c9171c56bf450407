import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseHTML } from 'linkedom';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seedRuns } from '../../src/crossval/index.js';
import { seedsFigure } from '../../src/figures/seed-chart.js';
import { seedsText, writeSeedsReport } from '../../src/report/index.js';
import { type SeedsSummary, summariseRun, summariseSeeds } from '../../src/statistics/index.js';
import { seedsFileSchema, spreadOf } from '../../src/statistics/seed-spread.js';
import { fakeRun, hundredLabels } from './support/fake-run.js';

const root = mkdtempSync(join(tmpdir(), 'lexel-seeds-'));
afterAll(() => rmSync(root, { recursive: true }));
const labels = hundredLabels();
const dir = join(root, 'runs');
const groups = (seed: number) =>
  [0, 1].map((g) => Array.from({ length: 6 }, (_, i) => (seed * 13 + g * 6 + i) % 100));
const SEEDS = [2, 0, 10];
const options = { ...labels, protocol: 'holdout:6', epochs: 2, images: 8, seenImages: 2, dimension: 8 };
let seeds: SeedsSummary;
let files: string[];

beforeAll(async () => {
  for (const seed of SEEDS) fakeRun(join(dir, `seed-${seed}`), { ...options, groups: groups(seed), seed });
  // One run that has not finished a fold, and an unrelated folder.
  fakeRun(join(dir, 'seed-11'), { ...options, groups: groups(11), seed: 11, unfinished: 2 });
  mkdirSync(join(dir, 'seed-later'));
  ({ seeds, files } = await writeSeedsReport(dir, { permutations: 20 }));
});

const measure = (group: string, what: string) =>
  seeds.measures.find((m) => m.group.includes(group) && m.what === what)!;

describe('several seeds', () => {
  it('are found by name, in the order of their numbers', () => {
    expect(seedRuns(dir)).toEqual(['seed-0', 'seed-2', 'seed-10', 'seed-11']);
    expect(seedRuns(join(dir, 'seed-0'))).toEqual([]);
    expect(seedRuns(join(root, 'nowhere'))).toEqual([]);
  });

  it('spread, with numbers computed independently', () => {
    expect(spreadOf([1, 2, 6])).toEqual({ count: 3, mean: 3, sd: Math.sqrt(7), min: 1, max: 6 });
    expect(spreadOf([4]).sd).toBeNull();
  });

  it('have the numbers of their own reports and of each split', () => {
    const own = [0, 2, 10].map((seed) => summariseRun(join(dir, `seed-${seed}`), { permutations: 20 }));
    const hit = measure('among all 100 labels', 'hit@5');
    expect(hit.values.map(({ value }) => value)).toEqual(own.map(({ headline }) => headline.hit5.value));
    const ofFold = own[1].classes.filter((c) => c.fold === 'rotation-1').map((c) => c.all.hit5);
    expect(hit.values[1].splits[1]).toBeCloseTo(ofFold.reduce((a, b) => a + b, 0) / 6, 12);
    const mean = hit.values.reduce((sum, { value }) => sum + value, 0) / 3;
    expect(hit.seeds.mean).toBeCloseTo(mean, 12);
    expect(hit.seeds.sd).toBeCloseTo(
      Math.sqrt(hit.values.reduce((sum, { value }) => sum + (value - mean) ** 2, 0) / 2),
      12,
    );
    expect([hit.seeds.count, hit.splits.count]).toEqual([3, 6]);
    expect(measure("split's 6 held-out labels", 'hit@1').chance).toBeCloseTo(1 / 6, 12);
    const ausuc = measure('seen and unseen', 'AUSUC');
    // The area under each split's own curve, as in its report.
    expect(ausuc.values[0].splits).toEqual(own[0].zeroShot.generalised!.folds.map((fold) => fold.ausuc));
    expect(ausuc.values[0].value).toBe(own[0].headline.ausuc.value);
    // Splits of equal size: their mean is the seed's value.
    for (const { value, splits } of measure('right superclass', 'hp@5').values) {
      expect((splits[0] + splits[1]) / 2).toBeCloseTo(value, 12);
    }
  });

  it('leave out and name a seed without finished folds', () => {
    expect(seeds.runs.map(({ seed }) => seed)).toEqual([0, 2, 10]);
    expect(seeds.notes[0]).toMatch(/^seed-11 is left out: .*none of its 2 folds has finished yet\.$/);
  });

  it('are written as a page with working links, a table, JSON and a figure', () => {
    for (const file of files) expect(existsSync(file)).toBe(true);
    const html = readFileSync(files[0], 'utf8');
    expect(html).not.toMatch(/NaN|undefined|\[object/);
    const { document } = parseHTML(html);
    const links = Array.from(document.querySelectorAll('td a:not(.term)'), (a) => a.getAttribute('href')!);
    expect(links).toEqual([
      '../seed-0/report/report.html',
      '../seed-2/report/report.html',
      '../seed-10/report/report.html',
    ]);
    for (const link of links) expect(existsSync(join(dir, 'report', link))).toBe(true);
    const csv = readFileSync(join(dir, 'report', 'seeds.csv'), 'utf8')
      .trim()
      .split('\r\n');
    expect(csv).toHaveLength(1 + seeds.measures.length * 3 * 3);
    const json = JSON.parse(readFileSync(join(dir, 'report', 'seeds.json'), 'utf8'));
    expect(json).toEqual(seeds);
    // The schema contains every key.
    expect(seedsFileSchema.parse(json)).toStrictEqual(json);
    const text = seedsText(seeds);
    expect(text).toContain('seeds 0, 2, 10');
    expect(text).toMatch(/note: Each seed draws its own partition/);
  });

  it('with --out write everything into that folder', async () => {
    const out = join(root, 'out');
    const warnings: string[] = [];
    const onWarning = (message: string) => warnings.push(message);
    const { files: written } = await writeSeedsReport(dir, { permutations: 20, out, onWarning });
    expect(warnings).toEqual([]);
    expect(written.every((file) => file.startsWith(out))).toBe(true);
    expect(readFileSync(join(out, 'report.html'), 'utf8')).toContain('href="seed-2/report.html"');
  });

  it('are drawn with a dot per split and a bar per seed', () => {
    const { document } = parseHTML(seedsFigure(seeds));
    expect(document.querySelectorAll('[aria-label="dot"] circle')).toHaveLength(2 * 6);
    expect(document.querySelectorAll('[aria-label="tick"] line')).toHaveLength(2 * 3);
    expect(document.documentElement.textContent).toContain(
      "hit@1, %: true word among the split's 6 held-out labels",
    );
  });

  it('refuse runs of different experiments, naming what differs', () => {
    const other = join(root, 'other');
    fakeRun(other, { ...options, groups: groups(1), seed: 1, epochs: 3 });
    const runs = [join(dir, 'seed-0'), other].map((path, i) => ({
      dir: `seed-${i}`,
      summary: summariseRun(path, { permutations: 10 }),
    }));
    expect(() => summariseSeeds(runs)).toThrow(
      'seed-0 and seed-1 are different experiments: epochs is 2 and 3',
    );
  });

  it('a directory without seeds is an error with a hint', async () => {
    await expect(writeSeedsReport(root)).rejects.toThrow(/holds no seed-<n> with a run/);
  });
});
