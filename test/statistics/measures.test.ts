/** The table of measures: its entries fit each other, and everything that shows measures shows all that are there. */

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { headlineRows, lossRows } from '../../src/report/headline.js';
import { writeReport } from '../../src/report/index.js';
import { SHOW } from '../../src/report/show.js';
import { GROUPS, groupTitle, measureOf, STATISTICS, statisticsIn } from '../../src/statistics/measures.js';
import { splitMeasures } from '../../src/statistics/split-measures.js';
import { fakeRun } from './support/fake-run.js';

const dir = mkdtempSync(join(tmpdir(), 'lexel-measures-'));
afterAll(() => rmSync(dir, { recursive: true }));

describe('the table', () => {
  it.each(STATISTICS)('%s names what there is', (name) => {
    const { euclidean, isEuclidean, group, label, chance, unit, lowerIsBetter } = measureOf(name);
    if (euclidean !== undefined) {
      expect(STATISTICS).toContain(euclidean);
      const other = measureOf(euclidean as typeof name);
      expect([other.isEuclidean, other.group, other.unit]).toEqual([true, group, unit]);
    }
    if (isEuclidean) expect(STATISTICS.filter((each) => measureOf(each).euclidean === name)).toHaveLength(1);
    expect(statisticsIn(group).includes(name)).toBe(!isEuclidean);
    // Of one group no two are called the same.
    expect(statisticsIn(group).filter((each) => measureOf(each).label === label).length).toBeLessThan(2);
    if (typeof chance === 'function') {
      // A rank gets worse with more candidates, a share smaller.
      expect(chance(10, 20) > chance(5, 20)).toBe(lowerIsBetter);
      // The only candidate there is, or the only unseen label of two.
      expect(chance(1, 2)).toBe(group === 'seen-unseen' ? 0.5 : 1);
    }
  });

  it('has columns of their own', () => {
    const columns = STATISTICS.flatMap((name) => measureOf(name).column ?? []);
    expect(new Set(columns).size).toBe(columns.length);
  });
});

describe('a run', () => {
  const classes = Array.from({ length: 20 }, (_, c) => `class${c}`);
  const groups = Array.from({ length: 4 }, (_, f) => classes.map((_, c) => c).filter((c) => c % 4 === f));
  fakeRun(dir, { classes, groups, protocol: 'holdout:5', seenImages: 2 });
  const { summary, files } = writeReport(dir, { resamples: 50 });
  const rows = [...headlineRows(summary), ...lossRows(summary)];

  it('shows every measure in the headline, once', () => {
    const shown = GROUPS.flatMap((group) =>
      statisticsIn(group).map((name) => {
        const title = groupTitle(group, summary.candidates, "the fold's");
        return [title, measureOf(name).label, SHOW[measureOf(name).unit](summary.headline[name].value)];
      }),
    );
    expect(rows.map(({ group, what, value }) => [group, what, value])).toEqual(shown);
    expect(rows.filter(({ euclidean }) => euclidean !== '')).toHaveLength(
      STATISTICS.filter((name) => measureOf(name).isEuclidean).length,
    );
  });

  it('has an interval and, but for single classes, a null for each', () => {
    for (const name of STATISTICS) expect(summary.intervals.of).toHaveProperty(name);
  });

  it('gives each its column in classes.csv and its split values', () => {
    const csv = readFileSync(files.find((file) => file.endsWith('classes.csv'))!, 'utf8');
    const [head] = csv.split('\r\n');
    const columns = head.split(',');
    for (const name of STATISTICS) expect(columns).toContain(measureOf(name).column ?? 'change_from_initial');
    const split = splitMeasures(summary).map(({ what }) => what);
    for (const name of STATISTICS) {
      const { isEuclidean, label } = measureOf(name);
      if (!isEuclidean && summary.headline[name].value !== null) expect(split).toContain(label);
    }
  });
});
