import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseHTML } from 'linkedom';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seenUnseenFigure } from '../../src/figures/seen-unseen-chart.js';
import { summaryText, writeReport } from '../../src/report/index.js';
import { loadRun, type Summary } from '../../src/statistics/index.js';
import { summarise } from '../../src/statistics/summary.js';
import { WordVectors } from '../../src/words/index.js';
import { fakeRun, hundredLabels, rotations } from '../statistics/support/fake-run.js';

const root = mkdtempSync(join(tmpdir(), 'lexel-zero-shot-'));
afterAll(() => rmSync(root, { recursive: true }));
const labels = hundredLabels();
const dir = join(root, 'rotations');
const read = (name: string) => readFileSync(join(dir, 'report', name), 'utf8');
let summary: Summary;

beforeAll(async () => {
  fakeRun(dir, {
    ...labels,
    groups: rotations(labels.superclassOf).slice(0, 3),
    protocol: 'one-per-superclass',
    images: 10,
    epochs: 2,
    seenImages: 5,
    signal: 0.6,
  });
  // The labels of one word (apple, bus, caterpillar) with the run's own vectors, and 150 other words.
  const { targets, run } = loadRun(dir).run;
  const d = run.words.dimension;
  const others = Array.from({ length: 150 }, (_, i) => `word${i}`);
  const keys = run.words.labels.flatMap(({ words }, c) =>
    words.length === 1 ? [[words[0], c] as const] : [],
  );
  const matrix = Float32Array.from({ length: (keys.length + 150) * d }, (_, k) => {
    const row = Math.floor(k / d);
    return row < keys.length ? targets[keys[row][1] * d + (k % d)] : Math.sin(k * 12.9898) * 0.5;
  });
  const vocabulary = new WordVectors(
    { words: [...keys.map(([word]) => word), ...others], dimension: d, matrix } as ConstructorParameters<
      typeof WordVectors
    >[0],
    'made-up.txt',
  );
  ({ summary } = await writeReport(dir, { permutations: 100, vocabulary }));
});

describe('zero-shot figures of a run', () => {
  it('agree with the headline on the numbers that both have', () => {
    const { zeroShot, headline } = summary;
    const [cosine] = zeroShot.scorings;
    expect(cosine.value.rank).toBeCloseTo(headline.rank.value!, 10);
    expect(cosine.value.hit5).toBeCloseTo(headline.hit5.value!, 10);
    expect(cosine.permutationNull!.rank.mean).toBeCloseTo(headline.rank.permutationNull!.mean, 10);
    expect(cosine.permutationNull!.hit10.high).toBeCloseTo(headline.hit10.permutationNull!.high, 10);
    expect(zeroShot.generalised!.plain.unseen).toBeCloseTo(headline.hit1.value!, 10);
    expect(zeroShot.hierarchical![0].value).toBeCloseTo(headline.hit1.value!, 10);
    expect(zeroShot.generalised!.permutationNull!.unseen.mean).toBeCloseTo(
      headline.hit1.permutationNull!.mean,
      10,
    );
  });

  it('the area equals that of the permutation tables for the true names', () => {
    const { generalised } = summary.zeroShot;
    expect(generalised!.folds.map(({ fold }) => fold)).toEqual(['rotation-0', 'rotation-1', 'rotation-2']);
    expect(generalised!.ausuc).toBeGreaterThan(generalised!.permutationNull!.ausuc.high);
    // After permuting, a name is right with probability 1/20; 100 permutations come near that mean.
    const points = generalised!.permutedCurve;
    let area = 0;
    for (let i = 1; i < points.length; i++) {
      area += ((points[i].unseen - points[i - 1].unseen) * (points[i].seen + points[i - 1].seen)) / 2;
    }
    expect(generalised!.permutationNull!.ausuc.mean).toBeCloseTo(area, 2);
    expect(points[points.length - 1].unseen).toBeCloseTo(1 / 20, 10);
  });

  it('ranks in the vocabulary are never better than among only the labels', () => {
    const { vocabulary, classes } = summary.zeroShot;
    expect([vocabulary!.words, vocabulary!.candidates]).toEqual([150, 250]);
    for (const [i, c] of classes.entries()) {
      expect(c.vocabulary!.rank).toBeGreaterThanOrEqual(summary.classes[i].all.rank - 1e-9);
    }
  });

  it('counts k occurrences per query', () => {
    for (const { hubness, references } of summary.zeroShot.scorings) {
      expect(hubness.queries).toBe(3 * 20 * 10);
      expect(['held-out', 'seen', null]).toContain(references);
    }
    expect(summary.zeroShot.scorings).toHaveLength(3);
  });

  it('the page names the candidates of every table and contains the figure', () => {
    const html = read('report.html');
    expect(html).not.toMatch(/NaN|undefined|\[object/);
    const { document } = parseHTML(html);
    const groups = Array.from(document.querySelectorAll('tr.group'), (tr) => tr.textContent);
    expect(groups).toEqual(
      expect.arrayContaining([
        'among all 100 labels',
        'among the 20 held-out labels of the fold alone',
        'among 250 words: the labels and 150 others of made-up.txt',
      ]),
    );
    const titles = Array.from(document.querySelectorAll('figcaption b'), (title) => title.textContent);
    expect(titles).toContain('Seen and unseen classes answered from one list of labels.');
    expect(existsSync(join(dir, 'report', 'seen-unseen.png'))).toBe(true);
    expect(read('zero-shot.csv').trim().split('\r\n')).toHaveLength(61);
    expect(summaryText(summary)).toMatch(/seen and unseen classes among 100 labels: seen \d/);
  });

  it('words of the vocabulary without a direction are no candidates, and counted in a note', () => {
    const data = loadRun(dir);
    const { targets, run } = data.run;
    const d = run.words.dimension;
    const apple = run.dataset.classes.indexOf('apple');
    const matrix = new Float32Array(4 * d);
    matrix.set(targets.subarray(apple * d, (apple + 1) * d));
    matrix.fill(0.5, d, d + 3);
    const table = { words: ['apple', 'pear', 'nothing', 'void'], dimension: d, matrix };
    const vocabulary = new WordVectors(table, 'four.txt');
    const { zeroShot, notes } = summarise(data, { permutations: 2, resamples: 2, vocabulary });
    expect(zeroShot.vocabulary).toMatchObject({ words: 1, candidates: 101 });
    expect(notes.at(-1)).toBe(
      '2 of the words of four.txt have a zero vector, which has no direction: they are no candidates.',
    );
  });

  it('the figure has the curve, each fold, both references and two marked points', () => {
    const { document } = parseHTML(seenUnseenFigure(summary.zeroShot.generalised!));
    const paths = Array.from(document.querySelectorAll('[aria-label="line"] path'));
    expect(paths).toHaveLength(3 + 1 + 1 + 1);
    expect(document.querySelectorAll('[aria-label="dot"] circle')).toHaveLength(2 + 2);
    const text = document.documentElement.textContent!;
    for (const part of [
      'without a constant',
      'with the best constant: harmonic mean',
      'guessing, area',
      'unseen names permuted',
    ]) {
      expect(text).toContain(part);
    }
  });
});

describe('a loo run', () => {
  it('shows n/a if there is only one held-out class or no seen images', async () => {
    const loo = join(root, 'loo');
    fakeRun(loo, { ...labels, groups: [[3], [7]], protocol: 'loo', epochs: 2 });
    const { summary: own, files } = await writeReport(loo, { permutations: 10 });
    expect(own.zeroShot.generalised).toBeNull();
    expect(own.zeroShot.vocabulary).toBeNull();
    expect(
      own.zeroShot.scorings.map(({ references, permutationNull }) => [references, permutationNull]),
    ).toEqual([[null, null]]);
    expect(files.some((file) => file.endsWith('seen-unseen.svg'))).toBe(false);
    const html = readFileSync(files[0], 'utf8');
    expect(html).toContain('Generalised zero-shot accuracy is n/a');
    expect(html).toContain('--vocab glove:100');
    expect(html).not.toMatch(/NaN|undefined/);
  });

  it('notes that the vectors hold no words except the labels', async () => {
    const dir = join(root, 'labels-only');
    fakeRun(dir, { ...labels, groups: [[3], [7]], protocol: 'loo', epochs: 1 });
    const file = join(dir, 'run.json');
    const run = JSON.parse(readFileSync(file, 'utf8'));
    writeFileSync(file, JSON.stringify({ ...run, words: { ...run.words, count: 100 } }));
    const { files } = await writeReport(dir, { permutations: 2 });
    expect(readFileSync(files[0], 'utf8')).toContain('<code>--vocab</code> has nothing more to offer');
  });
});
