/** Results as files: as `lexel report` and `lexel compare` write them, computed once. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { writeReport } from '../../src/report/write-report.js';
import { comparisonSchema } from '../../src/server/messages/compare.js';
import { classImagesSchema, resultsSchema } from '../../src/server/messages/results.js';
import { runsSchema } from '../../src/server/messages/runs.js';
import { type Answer, ask, makeRun, studioOf, temporaryFolder } from './support.js';

const runs = temporaryFolder();
const report = temporaryFolder();
let url: string;
let ids: Map<string, string>;
const of = (path: string, file: string): Promise<Answer> => ask(url, `/api/runs/${ids.get(path)}/${file}`);

beforeAll(async () => {
  makeRun(runs, 'a', { seenImages: 2 });
  makeRun(runs, 'b', { signal: 0.9 });
  await writeReport(join(runs, 'a'), { out: report, images: false });
  ({ url } = await studioOf(runs));
  const list = runsSchema.parse((await ask(url, '/api/runs.json')).json()).runs;
  ids = new Map(list.map(({ path, id }) => [path, id]));
});

describe('the results of a run', () => {
  it('have figures, tables and numbers as the report has them', async () => {
    const results = resultsSchema.parse((await of('a', 'results.json')).json());
    expect(results.figures).toContain('figure-2');
    for (const name of results.figures) {
      const svg = await of('a', `figures/${name}.svg`);
      expect(svg.headers['content-type']).toBe('image/svg+xml; charset=utf-8');
      expect([name, svg.text === readFileSync(join(report, `${name}.svg`), 'utf8')]).toEqual([name, true]);
    }
    for (const name of ['classes.csv', 'zero-shot.csv'])
      expect((await of('a', name)).text).toBe(readFileSync(join(report, name), 'utf8'));
    expect((await of('a', 'summary.json')).json()).toEqual(
      JSON.parse(readFileSync(join(report, 'summary.json'), 'utf8')),
    );
    const png = await of('a', 'figures/figure-3.png');
    expect([png.status, png.headers['content-type']]).toEqual([200, 'image/png']);
    expect(results.classes.map(({ label }) => label)).toEqual(['bus', 'otter', 'pear', 'oak', 'cup', 'bear']);
    for (const { nearest, values } of results.classes) {
      expect(nearest).toHaveLength(3);
      expect(values).toHaveLength(results.columns.length);
    }
  });

  it('tell why there are no images and no map', async () => {
    const { images, missing } = classImagesSchema.parse((await of('a', 'classes/0.json')).json());
    expect(images).toEqual([]);
    expect(missing?.reason).toBeTruthy();
    const map = await of('a', 'maps/all-folds/map.json');
    expect(map.status).toBe(200);
    expect(map.json()).toMatchObject({ format: 'lexel-map', pictures: null });
    const points = await of('a', 'maps/all-folds/points.bin');
    expect(points.headers['content-type']).toBe('application/octet-stream');
  });

  it('are not found by wrong names', async () => {
    for (const file of [
      'figures/none.svg',
      'figures/__proto__.svg',
      'figures/figure-2.pdf',
      'maps/all-folds/none.bin',
    ])
      expect([file, (await of('a', file)).status]).toEqual([file, 404]);
    const reading = await of('a', 'readings/none/results.json');
    expect([reading.status, reading.json().code]).toEqual([400, 'LEXEL_USAGE']);
    expect((await of('a', `readings/${'x'.repeat(101)}/results.json`)).status).toBe(404);
    expect((await of('a', 'maps/none/map.json')).status).toBe(400);
  });
});

describe('a comparison', () => {
  it('has the numbers of lexel compare', async () => {
    const path = `/api/compare/${ids.get('a')}+${ids.get('b')}.json`;
    const { runs: compared, rows } = comparisonSchema.parse((await ask(url, path)).json());
    expect(compared.map(({ id }) => id)).toEqual([ids.get('a'), ids.get('b')]);
    const hits = rows.find(({ measure }) => measure === 'heldOutHit1')!;
    expect(hits.values).toHaveLength(2);
    expect(hits.differences[0]).toBeNull();
    expect(hits.differences[1]?.interval).toMatch(/ to /);
  });

  it('needs two runs that exist, and not too many', async () => {
    const statusOf = async (names: string) => (await ask(url, `/api/compare/${names}.json`)).status;
    expect(await statusOf(ids.get('a')!)).toBe(400);
    expect(await statusOf(`${ids.get('a')}+none`)).toBe(404);
    expect(await statusOf(Array(21).fill(ids.get('a')).join('+'))).toBe(400);
  });
});
