/** What the studio's results are made of, from runs with made-up outputs. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { classImages } from '../../src/server/evidence/class-images.js';
import { runComparison } from '../../src/server/evidence/run-comparison.js';
import { runResults } from '../../src/server/evidence/run-results.js';
import { comparisonSchema } from '../../src/server/messages/compare.js';
import { resultsSchema } from '../../src/server/messages/results.js';
import { compareRuns, loadRun, summarise } from '../../src/statistics/index.js';
import { centredCosine } from '../../src/util/metrics.js';
import { fakeRun } from '../statistics/support/fake-run.js';

const root = mkdtempSync(join(tmpdir(), 'lexel-evidence-'));
afterAll(() => rmSync(root, { recursive: true }));

const classes = ['red_circle', 'a b', 'blue_square', 'x&y', 'green_star', 'ring', 'dot', 'bar'];
const groups = [
  [0, 1],
  [2, 3],
  [4, 5],
];
const made = (name: string, seed: number) => {
  const dir = join(root, name);
  fakeRun(dir, {
    classes,
    superclasses: [],
    superclassOf: [],
    groups,
    protocol: 'holdout:2',
    images: 4,
    epochs: 3,
    seed,
  });
  return dir;
};
const [first, second] = [made('first', 1), made('second', 2)];

describe('results', async () => {
  const data = loadRun(first);
  const summary = summarise(data, { permutations: 50, resamples: 50 });
  const { results, figures } = await runResults(data, summary, { headline: [], images: false });

  it('are what the message says, and every figure that is named exists', () => {
    expect(resultsSchema.parse(JSON.parse(JSON.stringify(results)))).toEqual(results);
    expect(results.figures).toEqual(Object.keys(figures));
    for (const svg of Object.values(figures)) expect(svg).toMatch(/^<svg /);
    const html = results.chapters.flatMap(({ sections }) => sections.map((section) => section.html)).join('');
    for (const name of results.figures) expect(html).toContain(`data-figure="${name}"`);
  });

  it('name the class of a mark, whatever its letters', () => {
    for (const label of ['red_circle', 'a%20b', 'x%26y']) {
      expect(figures['word-map']).toContain(`data-class="${label}"`);
      expect(figures.classes).toContain(`data-class="${label}"`);
    }
  });

  it('give every held-out class its numbers and the nearest seen words', () => {
    expect(results.classes.map(({ label }) => label)).toEqual(summary.classes.map(({ label }) => label));
    const rank = results.columns.findIndex(({ name }) => name === 'rank_all');
    expect(results.classes.map(({ values }) => values[rank])).toEqual(summary.classes.map((c) => c.all.rank));
    const { targets } = data.run;
    const d = data.dimension;
    const word = (c: number) => targets.subarray(c * d, (c + 1) * d);
    for (const { class: own, fold, nearest } of results.classes) {
      const seen = [...data.folds.find(({ record }) => record.id === fold)!.seen];
      const best = Math.max(...seen.map((c) => centredCosine(word(own), word(c))));
      expect(nearest[0].cosine).toBe(best);
      expect(seen).toContain(nearest[0].class);
      expect(nearest[0].label).toBe(classes[nearest[0].class]);
    }
  });

  it('tell why a class has no images', async () => {
    const { images, missing } = await classImages(data, 7);
    expect(images).toEqual([]);
    expect(missing?.reason).toBe('no finished fold holds out bar');
  });
});

it('compare runs as the command does', () => {
  const found = runComparison([
    { id: 'a', dir: first },
    { id: 'b', dir: second },
  ]);
  comparisonSchema.parse(found);
  const { rows, folds } = compareRuns([first, second]);
  expect(found.folds).toEqual(folds);
  expect(found.runs.map(({ id, seeds }) => [id, seeds])).toEqual([
    ['a', [1]],
    ['b', [2]],
  ]);
  const own = rows.find(({ measure }) => measure === 'rank')!;
  expect(found.rows.find(({ measure }) => measure === 'rank')?.values[1].text).toBe(
    own.values[1]!.toFixed(2),
  );
});
