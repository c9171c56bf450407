/** Words beyond the labels on a map: where they lie, and what the server answers. */
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { RunMap } from '../../../src/server/map/run-map.js';
import { type MapMethod, pointCount, readPlaces, readPoints } from '../../../src/server/messages/map.js';
import {
  LONGEST_WORD,
  MOST_ADDED,
  MOST_SUGGESTED,
  mapWordsSchema,
  vocabularySchema,
} from '../../../src/server/messages/map-words.js';
import { runsSchema } from '../../../src/server/messages/runs.js';
import { PATHS } from '../../../src/server/paths.js';
import { loadRun } from '../../../src/statistics/index.js';
import { openWords, type WordVectors } from '../../../src/words/index.js';
import { SHAPES } from '../../crossval/shapes-options.js';
import { ask, studioOf, temporaryFolder } from '../support.js';
import { madeRun } from './made-run.js';

const root = temporaryFolder();
const runs = join(root, 'runs');
let map: RunMap;
let words: WordVectors;

beforeAll(async () => {
  await madeRun(join(runs, 'one'), { ...SHAPES, protocol: 'holdout:6', selection: { folds: '0,1' } });
  map = RunMap.open(loadRun(join(runs, 'one')), { fold: 'split-0', cache: join(root, 'layouts') });
  words = await openWords('shapes');
});

const labels = async () => (await map.about()).classes.map(({ label }) => label);

describe('a word of the map, placed again as a word of the vocabulary', () => {
  async function both(by: MapMethod) {
    const about = await map.about();
    const names = (await labels()).slice(0, 20);
    const { words: placed, unknown } = await map.words(words, { words: names, by });
    expect(unknown).toEqual([]);
    const n = pointCount(about);
    const points = readPoints(map.pointsFile(), n);
    const places = readPlaces(await map.placesFile(by), n, about.epochs.length).at(-1)!;
    return placed.map((one, i) => {
      const point = points.classOf.subarray(0, about.words).indexOf(i);
      return { one, point, own: [places[point * 2], places[point * 2 + 1]] };
    });
  }

  test('lies exactly where it lies by PCA', async () => {
    for (const { one, point, own } of await both('pca')) {
      expect(one.place[0]).toBeCloseTo(own[0], 5);
      expect(one.place[1]).toBeCloseTo(own[1], 5);
      expect(one.neighbours[0].point).toBe(point);
      expect(one.neighbours[0].cosine).toBeCloseTo(1, 5);
    }
  });

  test('lies beside itself by UMAP', async () => {
    for (const { one, own } of await both('umap'))
      expect(Math.hypot(one.place[0] - own[0], one.place[1] - own[1])).toBeLessThan(0.3);
  });
});

test('a word that is no label has a place, and the labels near to it', async () => {
  const { words: found } = await map.words(words, { words: ['Pink', 'pink_circle'], by: 'pca' });
  expect(found.map(({ word, keys }) => [word, keys])).toEqual([
    ['Pink', ['pink']],
    ['pink_circle', ['pink', 'circle']],
  ]);
  const names = await labels();
  expect(names[found[0].nearest[0].class]).toContain('pink');
  for (const { place, nearest } of found) {
    expect(place.every(Number.isFinite)).toBe(true);
    const cosines = nearest.map(({ cosine }) => cosine);
    expect(cosines).toEqual([...cosines].sort((a, b) => b - a));
  }
});

test('an unknown word is named with its nearest spellings', async () => {
  const { words: found, unknown } = await map.words(words, { words: ['trianglee'], by: 'umap' });
  expect(found).toEqual([]);
  expect(unknown).toEqual([
    {
      word: 'trianglee',
      reason: '“trianglee” is not among the 343 words of shapes.lexw',
      hint: expect.stringContaining('triangle'),
    },
  ]);
});

describe('the routes', () => {
  let url: string;
  let id: string;
  const post = (body: string, path = PATHS.mapWords(id)) =>
    ask(url, `/api/${path}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body });

  beforeAll(async () => {
    ({ url } = await studioOf(runs));
    [{ id }] = runsSchema.parse((await ask(url, '/api/runs.json')).json()).runs;
  });

  test('suggest words of the vocabulary', async () => {
    const asked = async (begins: string) =>
      vocabularySchema.parse((await ask(url, `/api/${PATHS.vocabulary(id)}?begins=${begins}`)).json());
    expect(await asked('')).toEqual({
      words: { source: 'shapes.lexw', count: 343, own: true, suggested: [] },
      missing: null,
    });
    const { suggested } = (await asked('TRI')).words!;
    expect(suggested).toContain('triangle');
    expect(suggested.every((word) => word.startsWith('tri'))).toBe(true);
    expect((await asked('s')).words!.suggested).toHaveLength(MOST_SUGGESTED);
  });

  test('place words, on the map of all folds or of one', async () => {
    for (const fold of [undefined, 'split-1']) {
      const answer = await post(
        JSON.stringify({ words: ['pink', 'pinkk'], by: 'pca' }),
        PATHS.mapWords(id, fold),
      );
      const { words: found, unknown } = mapWordsSchema.parse(answer.json());
      expect([found.map(({ word }) => word), unknown.map(({ word }) => word)]).toEqual([['pink'], ['pinkk']]);
    }
  });

  test.each([
    ['no words', { words: [], by: 'pca' }, 400],
    ['too many words', { words: Array(MOST_ADDED + 1).fill('pink'), by: 'pca' }, 400],
    ['a word that is too long', { words: ['a'.repeat(LONGEST_WORD + 1)], by: 'pca' }, 400],
    ['another method', { words: ['pink'], by: 'tsne' }, 400],
    ['a body that is too long', { words: ['a'.repeat(20_000)], by: 'pca' }, 413],
  ])('refuse %s', async (_, body, status) => {
    expect((await post(JSON.stringify(body))).status).toBe(status);
  });

  test('refuse what is not JSON, and a fold that is not there', async () => {
    const plain = await ask(url, `/api/${PATHS.mapWords(id)}`, { method: 'POST', body: '{}' });
    expect(plain.status).toBe(415);
    const body = JSON.stringify({ words: ['pink'], by: 'pca' });
    expect((await post(body, PATHS.mapWords(id, 'split-9'))).json().message).toContain('no map of fold');
  });
});
