/** The table of measures is consistent, and everything that shows measures shows all of them. */

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { headlineRows, lossRows } from '../../src/report/headline.js';
import { writeReport } from '../../src/report/index.js';
import { SHOW } from '../../src/report/units.js';
import { GROUPS, groupTitle, measureOf, STATISTICS, statisticsIn } from '../../src/statistics/measures.js';
import { splitMeasures } from '../../src/statistics/split-measures.js';
import { fakeRun } from './support/fake-run.js';

const dir = mkdtempSync(join(tmpdir(), 'lexel-measures-'));
afterAll(() => rmSync(dir, { recursive: true }));

describe('the table', () => {
  it.each(STATISTICS)('%s refers to existing entries', (name) => {
    const { euclidean, isEuclidean, group, label, chance, unit, lowerIsBetter } = measureOf(name);
    if (euclidean !== undefined) {
      expect(STATISTICS).toContain(euclidean);
      const other = measureOf(euclidean as typeof name);
      expect([other.isEuclidean, other.group, other.unit]).toEqual([true, group, unit]);
    }
    if (isEuclidean) expect(STATISTICS.filter((each) => measureOf(each).euclidean === name)).toHaveLength(1);
    expect(statisticsIn(group).includes(name)).toBe(!isEuclidean);
    // Labels are unique within a group.
    expect(statisticsIn(group).filter((each) => measureOf(each).label === label).length).toBeLessThan(2);
    if (typeof chance === 'function') {
      // With more candidates, a random rank is larger and a random share is smaller.
      expect(chance(10, 20) > chance(5, 20)).toBe(lowerIsBetter);
      // Only one candidate, or only one unseen label of two.
      expect(chance(1, 2)).toBe(group === 'seen-unseen' ? 0.5 : 1);
    }
  });

  it('have unique columns', () => {
    const columns = STATISTICS.flatMap((name) => measureOf(name).column ?? []);
    expect(new Set(columns).size).toBe(columns.length);
  });
});

describe('a run', async () => {
  const classes = Array.from({ length: 20 }, (_, c) => `class${c}`);
  const groups = Array.from({ length: 4 }, (_, f) => classes.map((_, c) => c).filter((c) => c % 4 === f));
  fakeRun(dir, { classes, groups, protocol: 'holdout:5', seenImages: 2 });
  const { summary, files } = await writeReport(dir, { resamples: 50 });
  const rows = [...headlineRows(summary), ...lossRows(summary)];

  it('shows every measure in the headline, once, but not what every answer hits', () => {
    // hit@5 and hit@10 among the five held-out labels are 100 % whatever the network answers.
    const certain = ['heldOutHit5', 'heldOutHit10'];
    const shown = GROUPS.flatMap((group) =>
      statisticsIn(group)
        .filter((name) => !certain.includes(name))
        .map((name) => {
          const title = groupTitle(group, summary.candidates, "the fold's");
          return [title, measureOf(name).label, SHOW[measureOf(name).unit](summary.headline[name].value)];
        }),
    );
    expect(rows.map(({ group, what, value }) => [group, what, value])).toEqual(shown);
    expect(rows.filter(({ euclidean }) => euclidean !== '')).toHaveLength(
      STATISTICS.filter((name) => measureOf(name).isEuclidean).length,
    );
  });

  it('has an interval for each and, except with single classes, a null', () => {
    for (const name of STATISTICS) expect(summary.intervals.of).toHaveProperty(name);
  });

  it('has a column in classes.csv and split values for each', () => {
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
