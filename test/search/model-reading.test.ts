/** A model with another reading than its own: classify, index and find work in that reading's space. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  createRunDirectory,
  foldFiles,
  prepareExperiment,
  readFoldOutputs,
  runFolds,
} from '../../src/crossval/index.js';
import { type ImageSet, openDataset } from '../../src/data/index.js';
import { gather } from '../../src/data/order.js';
import { evaluateQuery, ImageIndex, openModel, updateIndex } from '../../src/search/index.js';
import { answersOf, loadRun } from '../../src/statistics/load.js';
import { loadModel, saveModel } from '../../src/train/index.js';
import { SHAPES } from '../crossval/shapes-options.js';
import { cosine, less, matrixOf } from '../readings/matrices.js';
import { drawFolder } from './untrained.js';

const root = mkdtempSync(join(tmpdir(), 'lexel-model-reading-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const run = join(root, 'joint');
const { model: file, outputs } = foldFiles(run, 'split-0');

let test: ImageSet;
beforeAll(async () => {
  ({ test } = await openDataset('shapes'));
  const experiment = await prepareExperiment({ ...SHAPES, recipe: 'joint', selection: { folds: '0' } });
  createRunDirectory(run, experiment);
  expect((await runFolds(run, experiment)).failed).toEqual([]);
});

describe('a model file', () => {
  it.each(['regression', 'conse', 'reverse-ridge', 'whitened-ridge', 'eszsl', 'conse+reverse-ridge'])(
    'classifies by %s like the measurement of its run',
    async (reading) => {
      const model = openModel(file, { reading });
      const [fold] = loadRun(run, reading).folds;
      const { dimension: r, mu, targets } = answersOf(fold).words;
      expect(model.dimension).toBe(r);
      const ids = readFoldOutputs(outputs).heldOut.ids.slice(0, 40);
      const pixels = new Uint8Array(ids.length * test.size ** 2 * 3);
      gather(test, ids, 0, ids.length, pixels);
      const images = { data: pixels, count: ids.length, width: test.size, height: test.size };
      const found = await model.classify(images, { top: 3 });
      const points = less(matrixOf((await model.embed(images)).matrix, r), [...mu]);
      const words = less(matrixOf(targets, r), [...mu]);
      for (const [i, answers] of found.entries()) {
        const scores = words.map((word) => cosine(points[i], word)).sort((a, b) => b - a);
        for (const [k, { score, index }] of answers.entries()) {
          expect(score).toBeCloseTo(scores[k], 4);
          expect(score).toBeCloseTo(cosine(points[i], words[index]), 4);
        }
      }
    },
  );

  it('uses the best supported reading by default, and refuses unsupported ones', () => {
    expect(openModel(run).readingName).toBe('conse+reverse-ridge');
    const { features: _features, familiarity: _familiarity, ...old } = loadModel(file);
    const earlier = join(root, 'earlier.safetensors');
    saveModel(earlier, old);
    expect(openModel(earlier).readingName).toBe('regression');
    expect(() => openModel(earlier, { reading: 'reverse-ridge' })).toThrow(
      'earlier.safetensors: does not support the reading reverse-ridge: an earlier version of Lexel wrote the file without features',
    );
    expect(loadModel(file).features).toEqual({
      dimension: readFoldOutputs(outputs).features!.dimension,
      trainMeans: readFoldOutputs(outputs).features!.trainMeans,
      trainCounts: readFoldOutputs(outputs).features!.trainCounts,
      trainCovariance: readFoldOutputs(outputs).features!.trainCovariance,
    });
  });
});

describe('an index', () => {
  it('records its reading, and is rebuilt for another one', async () => {
    const photos = join(root, 'photos');
    const [first] = await drawFolder(photos);
    const lex = join(root, 'photos.lex');
    const best = openModel(file);
    expect(await updateIndex(photos, lex, best)).toMatchObject({ images: 5, embedded: 5 });
    expect(await updateIndex(photos, lex, best)).toMatchObject({ embedded: 0, otherModel: false });
    const index = ImageIndex.open(lex);
    expect(index.header).toMatchObject({ reading: 'conse+reverse-ridge', dimension: best.dimension });
    const model = await index.openModel();
    const like = await index.search((await model.embed(first, { unit: true }))[0], 1);
    expect(like[0].score).toBeCloseTo(1, 5);
    const { vector } = await evaluateQuery(model, model.labels[0]);
    expect(await index.search(vector, 2)).toHaveLength(2);
    await index.close();
    const own = openModel(file, { reading: 'own' });
    expect(await updateIndex(photos, lex, own)).toMatchObject({ embedded: 5, otherModel: true });
    expect(ImageIndex.open(lex).header).toMatchObject({ reading: 'regression', dimension: own.dimension });
  });
});
