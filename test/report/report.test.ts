import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { parseHTML } from 'linkedom';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { classChart } from '../../src/figures/class-chart.js';
import { figure2 } from '../../src/figures/figure-2.js';
import { histogram } from '../../src/figures/figure-3.js';
import { placeLabels } from '../../src/figures/place-labels.js';
import { svgToPng } from '../../src/figures/png.js';
import { classesCsv } from '../../src/report/csv.js';
import { plainSentence, summaryText, writeReport, writeSeedsReport } from '../../src/report/index.js';
import { posterTable } from '../../src/report/poster.js';
import { classCurves } from '../../src/statistics/curves.js';
import { loadRun, readSummary, type Summary, summarise } from '../../src/statistics/index.js';
import { COLOURS } from '../../src/util/figure-style.js';
import { change, fixed, percent, words } from '../../src/util/format.js';
import { alignColumns } from '../../src/util/text-table.js';
import { fakeRun, hundredLabels, rotations } from '../statistics/support/fake-run.js';

const root = mkdtempSync(join(tmpdir(), 'lexel-report-'));
afterAll(() => rmSync(root, { recursive: true }));
const labels = hundredLabels();
const group = join(root, 'group');
let summary: Summary;
let files: string[];
const read = (name: string) => readFileSync(join(group, 'report', name), 'utf8');

beforeAll(async () => {
  labels.classes[47] = 'willow_tree';
  labels.classes[48] = '<b>"odd" & long label that no figure has room for';
  fakeRun(group, {
    ...labels,
    groups: rotations(labels.superclassOf),
    protocol: 'one-per-superclass',
    epochs: 25,
  });
  ({ files, summary } = await writeReport(group, { permutations: 100, resamples: 300 }));
});

describe('report of five rotations', () => {
  test('writes the page, the tables and the figures', () => {
    expect(files.map((file) => basename(file))).toEqual([
      'report.html',
      'classes.csv',
      'zero-shot.csv',
      'summary.json',
      'word-map.svg',
      'word-map.png',
      'confusion.svg',
      'confusion.png',
      'figure-1.svg',
      'figure-1.png',
      'figure-2.svg',
      'figure-2.png',
      'figure-2-relative.svg',
      'figure-2-relative.png',
      'figure-3.svg',
      'figure-3.png',
      'classes.svg',
      'classes.png',
      'start.svg',
      'start.png',
      'why-cosine.svg',
      'why-cosine.png',
      'why-gain.svg',
      'why-gain.png',
    ]);
    expect(readSummary(join(group, 'report', 'summary.json'))).toStrictEqual(summary);
  });

  test('the page is self-contained, starts with the headline and escapes labels', () => {
    const html = read('report.html');
    expect(html).not.toMatch(/<script src|src="http|href="http|url\(http|@import/);
    expect(html).not.toContain('<b>"odd"');
    expect(html).toContain('&lt;b&gt;&quot;odd&quot; &amp; long label');
    expect(html).not.toMatch(/NaN|undefined|\[object/);
    const { document } = parseHTML(html);
    expect(document.querySelector('main')!.firstElementChild!.textContent!.replaceAll('\u00a0', ' ')).toBe(
      plainSentence(summary),
    );
    const headings = Array.from(document.querySelectorAll('h3')).map((h) => h.textContent);
    expect(headings.slice(0, 3)).toEqual([
      'Does it know words it has never seen an image of?',
      'Where images of unseen classes lie among the words',
      'What images of unseen classes are taken for',
    ]);
    expect(document.querySelectorAll('figure').length).toBe(11);
    expect(headings).toEqual(
      expect.arrayContaining(['Tests over superclasses', 'Controls without training', 'Why classes differ']),
    );
    expect(document.querySelector('p.answer')!.textContent).toContain(
      summary.answer.sentences[0].slice(0, 40),
    );
    const table = Array.from(document.querySelectorAll('table')).find((t) =>
      t.textContent!.includes('loss,end'),
    )!;
    expect(table.querySelectorAll('tbody tr').length).toBe(100);
  });

  test('all numbers of the poster are included', () => {
    const rows = posterTable(summary);
    expect(rows.map((row) => `${row.what}: ${row.poster}`)).toEqual([
      'protocol: leave one class out',
      'folds: 100',
      'held-out classes measured: 100',
      'epochs: 25',
      'classes improved: 86 of 100',
      'median change: −31.0 %',
      'lower quartile (better): only drawn',
      'upper quartile (worse): only drawn',
      'class ranked 25 of 100: only drawn',
      'class ranked 75 of 100: only drawn',
      'best class: −65.5 %',
      'worst class: +67.9 %',
      'outliers: not named',
      'curve flat after: about 15 epochs',
      'still improving at the last epoch: some classes',
      'willow tree, with its relatives in training: among the best',
    ]);
    const median = rows.find((row) => row.what === 'median change')!;
    expect(median.run.initial).toBe(change(summary.change.initial.median));
    expect(median.run.zero).toBe(change(summary.change.zero.median));
    expect(median.meanVector).toBe(change(summary.meanVectorChange.initial.median));
    const { low, high } = summary.intervals.of['initial.median']!;
    expect(median.interval).toBe(`${change(low)} to ${change(high)}`);
    for (const what of ['classes improved', 'curve flat after', 'still improving at the last epoch'])
      expect(rows.find((row) => row.what === what)!.interval).toMatch(/^.+ to .+$/);
    for (const what of ['best class', 'worst class'])
      expect(rows.find((row) => row.what === what)!.interval).toBe('');
    for (const { label } of summary.outliers.classes)
      expect(rows.find((row) => row.what === 'outliers')!.run.initial).toContain(words(label));
  });

  test('classes.csv has a line per class, with the control', () => {
    const lines = read('classes.csv').trimEnd().split('\r\n');
    expect(lines.length).toBe(101);
    const header = lines[0].split(',');
    const first = lines[1].split(',');
    const cell = (name: string) => first[header.indexOf(name)];
    expect(cell('label')).toBe(summary.classes[0].label);
    expect(Number(cell('mean_vector_loss'))).toBe(summary.classes[0].meanVectorLoss);
    expect(Number(cell('change_from_initial'))).toBe(summary.classes[0].change.initial);
    expect(Number(cell('rank_held_out'))).toBe(summary.classes[0].heldOut!.rank);
    const odd = classesCsv([{ ...summary.classes[0], label: '=1+1,"x"' }]);
    expect(odd).toContain(`"'=1+1,""x"""`);
  });

  test('classes.csv: no text cell is a formula, and each is read back', () => {
    const names = [
      '=1+1',
      '+1',
      '-a',
      '@x',
      '\tx',
      '\r=1',
      '\n=1',
      ' =1',
      "'=1",
      "''-1",
      '＝1',
      'a;=1',
      'a;b',
      'a-b',
      "it's",
    ];
    for (const column of ['fold', 'label', 'superclass'] as const) {
      for (const name of names) {
        const text = classesCsv([{ ...summary.classes[0], [column]: name }]).slice(classesCsv([]).length);
        const fields = [...text.matchAll(/("(?:[^"]|"")*"|[^",\r\n]*)(?:,|\r\n$)/g)].map(([, field]) =>
          field.replace(/^"(.*)"$/s, '$1').replaceAll('""', '"'),
        );
        const cell = fields[{ fold: 0, label: 2, superclass: 3 }[column]];
        expect(cell).not.toMatch(/(^|;)\s*[=+\-@＝]|^[\t\r\n]/);
        // As docs/RELIABILITY.md has it.
        expect(cell.replace(/(^|;)'(?=[ '\u00a0]*[=+\-@\t\r\n＝＋－＠])/g, '$1')).toBe(name);
      }
    }
  });

  test('figures and page: control characters of labels stand as escapes', () => {
    const label = 'a\x1b[2J\u202e<b>';
    const classes = summary.classes.map((one, i) => (i === 0 ? { ...one, label } : one));
    const svg = classChart({ ...summary, classes });
    expect(svg).toContain('a\\x1b[2J\\u202e&lt;b&gt;');
    expect(svgToPng(svg).length).toBeGreaterThan(1000);
    expect(svg).not.toMatch(/(?!\n)\p{Cc}/u);
  });

  test('figure 2: axes, median, band, two named quartile classes', () => {
    const svg = read('figure-2.svg');
    expect(svg).not.toMatch(/var\(|:where|<style/);
    const { document } = parseHTML(svg);
    const texts = Array.from(document.querySelectorAll('text')).map((t) => t.textContent);
    expect(texts).toContain('epoch (0 = untrained)');
    expect(texts).toContain('held-out loss (MSE)');
    expect(texts).toContain('25');
    const named = texts.filter((t) => /\(#(25|75) of 100\)$/.test(t ?? ''));
    expect(named.length).toBe(2);
    expect(document.querySelectorAll('[aria-label="area"] path').length).toBe(1);
    const lines = Array.from(document.querySelectorAll('[aria-label="line"]'));
    expect(lines.map((g) => g.querySelectorAll('path').length)).toEqual([2, 1]);
    expect(lines[0].getAttribute('stroke-dasharray')).toBe('6,4');
    // One point per epoch, 0 to 25.
    expect(lines[1].querySelector('path')!.getAttribute('d')!.split('L').length).toBe(26);
  });

  test('figure 2: labels at the ends of curves keep a line of distance, within the axis', () => {
    const ends = (svg: string) => {
      const { document } = parseHTML(svg);
      return Array.from(document.querySelectorAll('[aria-label="text"] text'))
        .map((label) => Number(label.getAttribute('transform')!.match(/,([\d.]+)/)![1]))
        .sort((a, b) => a - b);
    };
    const curves = classCurves(loadRun(group)).slice(0, 3);
    const together = curves.map((curve) => ({ ...curve, loss: curve.loss.map(() => curves[0].loss[0]) }));
    for (const svg of [read('figure-2.svg'), read('figure-2-relative.svg'), figure2(summary, together)]) {
      const places = ends(svg);
      expect(places.length).toBeGreaterThan(3);
      for (let i = 1; i < places.length; i++) expect(places[i] - places[i - 1]).toBeGreaterThan(15.9);
      expect(places[0]).toBeGreaterThan(23.9);
      expect(places.at(-1)).toBeLessThan(356.1);
    }
  });

  test('figure 3: every class is counted in a bar', () => {
    const { document } = parseHTML(read('figure-3.svg'));
    const bins = histogram(summary.classes.map((c) => c.change.initial));
    expect(bins.reduce((sum, bin) => sum + bin.count, 0)).toBe(100);
    expect(document.querySelectorAll('[aria-label="rect"] rect').length).toBe(bins.length);
    const worse = bins.filter((bin) => bin.low >= 0).reduce((sum, bin) => sum + bin.count, 0);
    expect(worse).toBe(100 - summary.change.initial.improved);
  });

  test('class chart: a row per class, long labels cut', () => {
    const { document } = parseHTML(read('classes.svg'));
    const heights = Array.from(document.querySelectorAll('[aria-label="dot"] circle')).map((dot) =>
      Number(dot.getAttribute('cy')),
    );
    expect(heights.length).toBe(200);
    expect(heights.slice(0, 100)).toEqual(heights.slice(100));
    expect(document.querySelectorAll('[aria-label="tick"] line').length).toBe(100);
    const texts = Array.from(document.querySelectorAll('text')).map((t) => t.textContent);
    expect(texts.filter((t) => t?.includes('odd'))).toEqual(['<b>"odd" & long label t…']);
  });

  test('why classes differ: a dot per class, labels that do not overlap', () => {
    const { document } = parseHTML(read('why-cosine.svg'));
    const dots = Array.from(document.querySelectorAll('[aria-label="dot"] circle'));
    expect(dots.length).toBe(100);
    expect(dots.filter((dot) => dot.getAttribute('fill') === COLOURS.page).length).toBe(
      summary.why.classes.filter((c) => c.multiWord).length,
    );
    const texts = Array.from(document.querySelectorAll('text')).map((t) => t.textContent);
    expect(texts).toContain('centred cosine of the mean output with the word');
    expect(texts).toContain('cosine of the class’s word with the nearest seen label’s');
    expect(texts.some((t) => t?.startsWith('Spearman ρ = '))).toBe(true);
  });

  test('the start figure: two curves, a count, this run’s variance marked in both', () => {
    const { document } = parseHTML(read('start.svg'));
    expect(document.querySelectorAll('[aria-label="line"] path').length).toBe(3);
    expect(document.querySelectorAll('[aria-label="rule"][stroke-dasharray] line').length).toBe(2);
    const texts = Array.from(document.querySelectorAll('text')).map((t) => t.textContent);
    expect(texts).toEqual(expect.arrayContaining(['median', 'worst', 'classes improved']));
    // The same numbers as the tables.
    const { median, worst, improved } = summary.meanVectorChange.initial;
    const numbers = `median ${change(median)}, worst ${change(worst.change)}, ${improved} of 100 improved`;
    expect(texts.some((t) => t?.includes(numbers))).toBe(true);
    expect(document.querySelectorAll('[aria-label="dot"] circle').length).toBe(3);
  });

  test('the PNG contains its text even on a machine without fonts', async () => {
    const image =
      '<svg xmlns="http://www.w3.org/2000/svg" width="200" height="40"><text x="5" y="25">−31.0 %</text></svg>';
    const { dominant, channels } = await sharp(svgToPng(image)).stats();
    expect(dominant.r).toBeGreaterThan(200);
    expect(channels[0].min).toBeLessThan(60);
    const { width, height } = await sharp(join(group, 'report', 'figure-2.png')).metadata();
    expect(width).toBeGreaterThan(1200);
    expect(height).toBeGreaterThan(700);
  });

  test('characters that no font has: one warning for all PNGs', async () => {
    const dir = join(root, 'odd');
    const odd = labels.classes.map((label, i) => (i < 2 ? `${label} \u0378` : label));
    const options = { ...labels, classes: odd, groups: [[0], [1]], protocol: 'loo', epochs: 2 };
    for (const name of ['seed-0', 'seed-1']) fakeRun(join(dir, name), options);
    const warnings: string[] = [];
    const onWarning = (message: string) => warnings.push(message);
    const small = { permutations: 9, resamples: 9, images: false, onWarning };
    await writeReport(join(dir, 'seed-0'), small);
    await writeSeedsReport(dir, small);
    const what =
      'no font of this machine has \u0378 (U+0378), so the picture lacks it. Install a font that has it, or use SVG.';
    expect(warnings).toEqual([
      `${join(dir, 'seed-0', 'report', '*.png')}: ${what}`,
      `${join(dir, 'seed-*', 'report', '*.png')}: ${what}`,
    ]);
  });

  test('the terminal table is aligned and contains the nulls', () => {
    const text = summaryText(summary);
    expect(text).toContain('5 of 5 folds finished, 100 held-out classes');
    expect(text).toMatch(/hit@1 +\d+\.\d % +\d+\.\d % to \d+\.\d % +5\.0 % +\d+\.\d % to \d+\.\d %/);
    expect(text).toMatch(/median change +−31\.0 % +[−+]?\d+\.\d % +\S+ % to \S+ % +[−+]?\d+\.\d %/);
    expect(text).toContain(summary.answer.sentences[1]);
    expect(text).toContain('… 90 more');
    expect(
      alignColumns([
        ['a', '1'],
        ['bcd', '22'],
      ]),
    ).toEqual(['a     1', 'bcd  22']);
  });
});

describe('report of a few single classes', () => {
  test('an unfinished run is marked as such; what does not apply is n/a', async () => {
    const dir = join(root, 'loo');
    fakeRun(dir, { ...labels, groups: [[3], [7], [91]], protocol: 'loo', epochs: 1, unfinished: 1 });
    const out = join(root, 'elsewhere');
    const report = await writeReport(dir, { out, resamples: 300 });
    expect(report.files[0]).toBe(join(out, 'report.html'));
    const html = readFileSync(report.files[0], 'utf8');
    expect(html).toContain('2 of 3 folds have finished');
    // Nothing can be permuted, so no column says n/a for every row.
    expect(html).not.toContain('permutation null<br>');
    expect(read('report.html')).toContain('permutation null<br>');
    expect(html).not.toMatch(/NaN|undefined/);
    expect(summaryText(report.summary)).toContain('n/a');
    const { document } = parseHTML(figure2(report.summary, classCurves(loadRun(dir))));
    expect(document.querySelectorAll('[aria-label="line"] path').length).toBe(2);
    expect(document.querySelectorAll('[aria-label="area"] path').length).toBe(0);
  });
});

describe('a run compared with others, and several seeds', () => {
  test('the headline gets a column for each; seeds get a section', async () => {
    const seeds = join(root, 'seeds');
    const groups = rotations(labels.superclassOf).slice(0, 2);
    const small = { ...labels, groups, protocol: 'one-per-superclass', images: 5, epochs: 2 };
    for (const seed of [3, 4]) fakeRun(join(seeds, `seed-${seed}`), { ...small, seed });
    const control = join(root, 'control');
    const run = fakeRun(control, { ...small, groups: groups.slice(0, 1), signal: 0 });
    writeFileSync(join(control, 'run.json'), JSON.stringify({ ...run, control: 'permuted' }));
    const report = await writeReport(join(seeds, 'seed-3'), {
      permutations: 20,
      resamples: 50,
      comparedWith: [control],
    });
    expect(report.files[0]).toBe(join(seeds, 'seed-3', 'report', 'report.html'));
    const { document } = parseHTML(readFileSync(report.files[0], 'utf8'));
    const [headline] = Array.from(document.querySelectorAll('table'));
    const heads = Array.from(headline.querySelectorAll('thead th')).map((th) =>
      th.textContent!.replaceAll('\u00a0', ' '),
    );
    expect(heads.slice(1, 5)).toEqual([
      'this run',
      '95 % interval',
      'this runsame 20 classes',
      'controlcontrol permuted',
    ]);
    for (const row of Array.from(headline.querySelectorAll('tbody tr:not(.group)')))
      expect(row.querySelectorAll('td').length).toBe(heads.length);
    expect(document.querySelector('p.answer')!.textContent).toMatch(
      /assigned to the classes at random changes the loss by/,
    );
    expect(report.summary.comparedWith!.fewerThanOwn).toBe(true);
    expect(summaryText(report.summary)).toContain('(2) control (control permuted)');

    const over = await writeSeedsReport(seeds, { permutations: 20, resamples: 50 });
    expect(over.seeds.intervals!.seeds).toEqual([3, 4]);
    expect(readFileSync(over.files[0], 'utf8')).toContain('Intervals over superclasses and seeds');
  });
});

test('labels of a scatter plot do not overlap, and one without room is left out', () => {
  const area = { left: 0, right: 300, top: 0, bottom: 200 };
  const crowd = Array.from({ length: 60 }, (_, i) => ({
    x: 150 + (i % 8),
    y: 100 + (i % 7),
    text: `label ${i}`,
  }));
  const placed = placeLabels(crowd, { size: 10, area });
  expect(placed.length).toBeGreaterThan(0);
  expect(placed.length).toBeLessThan(60);
  const boxes = placed.map(({ textX, textY, anchor, text }) => {
    const width = text.length * 6;
    const left = anchor === 'start' ? textX : anchor === 'end' ? textX - width : textX - width / 2;
    return { left, right: left + width, top: textY - 5, bottom: textY + 5 };
  });
  for (const [i, a] of boxes.entries())
    for (const b of boxes.slice(i + 1))
      expect(a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom).toBe(false);
  expect(placeLabels([{ x: 5, y: 5, text: 'alone' }], { size: 10, area })[0]).toMatchObject({
    anchor: 'start',
  });
});

test('a run without held-out classes is refused', () => {
  const data = loadRun(group);
  const nothing = { ...data, folds: data.folds.map((fold) => ({ ...fold, heldOut: [] })) };
  expect(() => summarise(nothing)).toThrow(`${group} holds out no class, so there is no transfer to report`);
});

test('formatted numbers', () => {
  expect([fixed(-0.001, 2), fixed(-1.5, 1), fixed(null, 2)]).toEqual(['0.00', '−1.5', 'n/a']);
  expect([percent(0.1234), percent(null)]).toEqual(['12.3 %', 'n/a']);
  expect([change(0.679), change(-0.31), change(0.0001), change(0)]).toEqual([
    '+67.9 %',
    '−31.0 %',
    '0.0 %',
    '0.0 %',
  ]);
  expect(histogram([-0.05, 0, 0.05]).map((bin) => bin.count)).toContain(1);
  expect(histogram([0.2]).at(0)!.high).toBeLessThanOrEqual(0);
});
