/** The map of a run with drawn shapes: rows, points, places, neighbours and pictures. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createRunDirectory, prepareExperiment, runFolds } from '../../../src/crossval/index.js';
import type { Dataset } from '../../../src/data/index.js';
import { mapFile, mapFileNames, RunMap } from '../../../src/server/map/run-map.js';
import {
  ATLAS_SIDE,
  MAP_NEIGHBOURS,
  MAP_WORDS,
  mapSchema,
  pointCount,
  readNeighbours,
  readPlaces,
  readPoints,
} from '../../../src/server/messages/map.js';
import { openImages } from '../../../src/server/opened.js';
import { keepRun, loadRun, summariseRun } from '../../../src/statistics/index.js';
import { SHAPES } from '../../crossval/shapes-options.js';

const root = mkdtempSync(join(tmpdir(), 'lexel-map-'));
afterAll(() => rmSync(root, { recursive: true }));
const dir = join(root, 'run');
const cache = join(root, 'layouts');
let dataset: Dataset;

beforeAll(async () => {
  const experiment = await prepareExperiment({
    ...SHAPES,
    protocol: 'holdout:6',
    epochs: 2,
    selection: { folds: '0,1' },
  });
  ({ dataset } = experiment);
  createRunDirectory(dir, experiment);
  expect((await runFolds(dir, experiment, { workers: 1 })).failed).toEqual([]);
});

const open = (fold?: string, options = {}) => RunMap.open(loadRun(dir), { fold, cache, ...options });

test('a map of all folds: words, then every held-out image', async () => {
  const map = open();
  const about = mapSchema.parse(JSON.parse(JSON.stringify(await map.about())));
  const held = loadRun(dir).folds.flatMap(({ heldOut }) => heldOut);
  expect(about).toMatchObject({
    folds: ['split-0', 'split-1'],
    choices: ['split-0', 'split-1'],
    epochs: [0, 1, 2],
    words: 60,
    candidates: 60,
    heldOut: { total: held.reduce((sum, { images }) => sum + images, 0) },
    seen: { shown: 0, total: 0 },
    missing: null,
  });
  const points = readPoints(map.pointsFile(), pointCount(about));
  expect(new Set(points.classOf.subarray(0, 60)).size).toBe(60);
  for (let i = about.words; i < pointCount(about); i++)
    expect(dataset.test.labels[points.id[i]]).toBe(points.classOf[i]);
});

test('ranks are those of the report; the nearest word is right exactly where the rank is 1', async () => {
  const map = open();
  const about = await map.about();
  const expected = new Map(summariseRun(dir).classes.map((c) => [c.class, c.all.rank]));
  const points = readPoints(map.pointsFile(), pointCount(about));
  for (const [index, { heldOut, meanRank }] of about.classes.entries()) {
    expect(heldOut).toBe(expected.has(index));
    if (heldOut) expect(meanRank).toBeCloseTo(expected.get(index)!, 4);
    else expect(meanRank).toBe(null);
  }
  for (let i = about.words; i < pointCount(about); i++)
    expect(points.rank[i] === 1).toBe(points.nearest[i * MAP_WORDS] === points.classOf[i]);
  // A word is not its own neighbour.
  for (let i = 0; i < about.words; i++)
    expect([...points.nearest.subarray(i * MAP_WORDS, (i + 1) * MAP_WORDS)]).not.toContain(points.classOf[i]);
});

test('words stay where they are from epoch to epoch; images move', async () => {
  const map = open();
  const about = await map.about();
  for (const method of ['pca', 'umap'] as const) {
    const [first, second, last] = readPlaces(await map.placesFile(method), pointCount(about), 3);
    expect(first.subarray(0, about.words * 2)).toEqual(last.subarray(0, about.words * 2));
    expect(second.subarray(0, about.words * 2)).toEqual(last.subarray(0, about.words * 2));
    expect([...first, ...last].every(Number.isFinite)).toBe(true);
    expect(first).not.toEqual(last);
    // The same run gives the same map, without the cache too.
    const again = await open(undefined, { cache: null }).placesFile(method);
    expect(again).toEqual(await map.placesFile(method));
  }
});

test('one fold also shows images of seen classes, which have a place at the last epoch only', async () => {
  const map = open('split-1');
  const about = await map.about();
  expect(about.folds).toEqual(['split-1']);
  expect(about.seen.shown).toBeGreaterThanOrEqual(54);
  const [first, , last] = readPlaces(await map.placesFile('pca'), pointCount(about), 3);
  const from = (about.words + about.heldOut.shown) * 2;
  expect([...first.subarray(from)].every(Number.isNaN)).toBe(true);
  expect([...last].every(Number.isFinite)).toBe(true);
  const points = readPoints(map.pointsFile(), pointCount(about));
  for (let i = from / 2; i < pointCount(about); i++)
    expect(about.classes[points.classOf[i]].heldOut).toBe(false);
});

test('neighbours are the nearest points in all dimensions', async () => {
  const map = open('split-0');
  const about = await map.about();
  const n = pointCount(about);
  const { points, cosine } = readNeighbours(map.neighboursFile(), n);
  const { nearest, cosine: wordCosine } = readPoints(map.pointsFile(), n);
  for (let i = 0; i < n; i++) {
    const own = cosine.subarray(i * MAP_NEIGHBOURS, (i + 1) * MAP_NEIGHBOURS);
    expect([...own]).toEqual([...own].sort((a, b) => b - a));
    expect([...points.subarray(i * MAP_NEIGHBOURS, (i + 1) * MAP_NEIGHBOURS)]).not.toContain(i);
    // The nearest word is a point too, so no neighbour is missing that is nearer.
    expect(own[0]).toBeGreaterThanOrEqual(wordCosine[i * MAP_WORDS] - 1e-5);
    expect(nearest[i * MAP_WORDS]).toBeGreaterThanOrEqual(0);
  }
});

test('the atlas shows the images in the order of the points', async () => {
  const map = open('split-0');
  const about = await map.about();
  const { tile, atlases } = about.pictures!;
  expect(atlases).toBe(1);
  const sheet = await sharp(await map.atlasFile(0))
    .raw()
    .toBuffer({ resolveWithObject: true });
  expect(sheet.info).toMatchObject({ width: ATLAS_SIDE * tile, height: ATLAS_SIDE * tile, channels: 3 });
  const { id } = readPoints(map.pointsFile(), pointCount(about));
  const bytes = tile * tile * 3;
  for (const i of [0, 70, about.heldOut.shown - 1]) {
    const source = dataset.test.pixels.subarray(id[about.words + i] * bytes);
    const [x, y] = [(i % ATLAS_SIDE) * tile, Math.floor(i / ATLAS_SIDE) * tile];
    let difference = 0;
    for (let p = 0; p < bytes; p++) {
      const at = ((y + Math.floor(p / (tile * 3))) * sheet.info.width + x) * 3 + (p % (tile * 3));
      difference += Math.abs(sheet.data[at] - source[p]) / bytes;
    }
    expect(difference).toBeLessThan(12); // WebP loses a little
  }
  await expect(map.atlasFile(1)).rejects.toThrow('there is no atlas 1');
});

test('files by name, and only those', async () => {
  const map = open('split-0');
  for (const name of mapFileNames(await map.about()))
    expect((await mapFile(map, name))!.length).toBeGreaterThan(0);
  expect(await mapFile(map, '../run.json')).toBe(null);
});

test('what cannot be shown says why', async () => {
  expect(() => open('rotation-9')).toThrow('there is no map of fold rotation-9');
  const without = await open(undefined, { images: false }).about();
  expect(without.pictures).toBe(null);
  expect(without.missing).toEqual({
    reason: 'images were not asked for',
    hint: 'Export again with --images.',
  });
  const kept = keepRun(dir, root, { name: 'kept' });
  expect(() => RunMap.open(loadRun(kept.dir))).toThrow('without the outputs of single images');
});

test('files that are too short are refused', () => {
  expect(() => readPoints(new Uint8Array(40), 3)).toThrow('too few');
  expect(() => readPlaces(new Uint8Array(8), 1, 2)).toThrow('too few');
});

test('the images are opened once, for the map and for all else that shows them', async () => {
  const { run } = loadRun(dir);
  const shared = () => openImages(run.dir, run.run, { dataDir: undefined });
  await openImages(run.dir, run.run, { dataDir: root });
  await open().about();
  const images = shared();
  await open('split-0').about();
  expect(shared()).toBe(images);
  expect('reason' in (await images)).toBe(false);
  // Only the last ones are kept; the map took the place of those with another option.
  const other = openImages(run.dir, run.run, { dataDir: root });
  await open().about();
  expect(openImages(run.dir, run.run, { dataDir: root })).not.toBe(other);
});
