/** Tables leave out what cannot say anything: hits among fewer candidates than places, and rows that are n/a everywhere. */

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseHTML } from 'linkedom';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  comparisonText,
  seedsText,
  summaryText,
  writeReport,
  writeSeedsReport,
} from '../../src/report/index.js';
import { compareRuns, type Summary } from '../../src/statistics/index.js';
import { fakeRun } from '../statistics/support/fake-run.js';

const root = mkdtempSync(join(tmpdir(), 'lexel-few-'));
afterAll(() => rmSync(root, { recursive: true }));
const runs = [0, 1].map((seed) => join(root, `seed-${seed}`));
let page: string;
let seedsPage: string;
let summary: Summary;
let seeds: string;

beforeAll(async () => {
  for (const [seed, dir] of runs.entries()) {
    // Four labels, of which two are held out together; the seen images are not kept, so there is no AUSUC.
    fakeRun(dir, {
      classes: ['bus', 'otter', 'oak', 'cup'],
      groups: [
        [0, 1],
        [2, 3],
      ],
      protocol: 'holdout:2',
      images: 8,
      epochs: 2,
      seed,
    });
  }
  const small = { permutations: 20, resamples: 50, images: false };
  const run = await writeReport(runs[0], small);
  summary = run.summary;
  page = readFileSync(run.files[0], 'utf8');
  const both = await writeSeedsReport(root, small);
  seedsPage = readFileSync(both.files[0], 'utf8');
  seeds = seedsText(both.seeds);
});

const cells = (html: string, selector: string) =>
  Array.from(parseHTML(html).document.querySelectorAll(selector), ({ textContent }) =>
    textContent!.replaceAll('\u00a0', ' ').trim(),
  );

describe('with four labels', () => {
  it('no table of the page has hit@5 or hit@10, which are certain', () => {
    const headings = cells(page, 'th');
    expect(headings).toContain('hit@1');
    for (const name of [
      ...headings,
      ...cells(page, 'td'),
      ...cells(seedsPage, 'th'),
      ...cells(seedsPage, 'td'),
    ])
      expect(name).not.toMatch(/^hit@(5|10)/);
  });

  it('every row has as many cells as its table has columns', () => {
    for (const html of [page, seedsPage]) {
      for (const one of Array.from(parseHTML(html).document.querySelectorAll('table'))) {
        const columns = one.querySelectorAll('thead th').length;
        if (columns === 0) continue; // names and values
        for (const row of Array.from(one.querySelectorAll('tbody tr'))) {
          const wide = Array.from(row.children, (cell) => Number(cell.getAttribute('colspan') ?? 1));
          expect(wide.reduce((a, b) => a + b, 0)).toBe(columns);
        }
      }
    }
  });

  it('no row is n/a in every column', () => {
    expect(summary.headline.ausuc.value).toBeNull();
    const texts = [summaryText(summary), comparisonText(compareRuns(runs)), seeds];
    for (const text of texts) expect(text).not.toMatch(/AUSUC|^ .*two constants/m);
    for (const html of [page, seedsPage]) expect(cells(html, 'td').join('\n')).not.toMatch(/^AUSUC/m);
  });
});
