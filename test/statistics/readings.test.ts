/**
 * Measures a run by each reading of its networks, and checks which numbers use the reading and which the
 * recipe's space.
 */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  createRunDirectory,
  foldFiles,
  prepareExperiment,
  readFoldOutputs,
  runFolds,
  writeFoldOutputs,
} from '../../src/crossval/index.js';
import { fromHalf } from '../../src/formats/index.js';
import { compareRuns } from '../../src/statistics/evidence/compare.js';
import { readSummary } from '../../src/statistics/index.js';
import { answersOf, loadRun } from '../../src/statistics/load.js';
import { summariseRun } from '../../src/statistics/summary.js';
import { classMeans } from '../../src/train/predict.js';
import { openWords } from '../../src/words/index.js';
import { SHAPES } from '../crossval/shapes-options.js';
import { cosine, less, matrixOf } from '../readings/matrices.js';

const root = mkdtempSync(join(tmpdir(), 'lexel-readings-'));
afterAll(() => rmSync(root, { recursive: true }));

async function trained(name: string, changes: object): Promise<string> {
  const experiment = await prepareExperiment({ ...SHAPES, selection: { folds: '0' }, ...changes });
  const dir = join(root, name);
  createRunDirectory(dir, experiment);
  expect((await runFolds(dir, experiment)).failed).toEqual([]);
  return dir;
}

let joint: string;
let poster: string;
beforeAll(async () => {
  joint = await trained('joint', { recipe: 'joint' });
  poster = await trained('poster', {});
});

const few = { permutations: 10, resamples: 2 };
const outputsOf = (dir: string) => foldFiles(dir, 'split-0').outputs;

/** Mean rank among the held-out labels, and AUSUC, computed directly from points and words. */
function naive(dir: string, name: string) {
  const [fold] = loadRun(dir, name).folds;
  const { dimension: r, mu, targets } = answersOf(fold).words;
  const kept = readFoldOutputs(outputsOf(dir));
  const reading = answersOf(fold).open();
  const words = less(matrixOf(targets, r), [...mu]);
  const group = fold.record.heldOut;
  const seen = [...kept.seen.classes];
  /** The best score of each image among seen and among held-out labels, and the score of its own label. */
  const scored = (outputs: Float32Array, features: Float32Array, labels: Int32Array) =>
    less(matrixOf(reading.points({ outputs, features }), r), [...mu]).map((point, i) => {
      const scores = words.map((word) => cosine(point, word));
      const best = (among: readonly number[]) => Math.max(...among.map((c) => scores[c]));
      const own = scores[labels[i]];
      const rank = 1 + group.filter((c) => scores[c] > own).length;
      return { own, rank, seen: best(seen), unseen: best(group) };
    });
  const { heldOut, seenImages, features } = kept;
  const unseen = scored(heldOut.last, features!.heldOut, heldOut.labels);
  const others = scored(fromHalf(seenImages!.outputs), fromHalf(features!.seenImages!), seenImages!.labels);
  const mean = (list: number[]) => list.reduce((sum, x) => sum + x, 0) / list.length;
  // Every class has the same number of images, so a mean over images equals a mean over classes.
  const seenRight = (gap: number) =>
    mean(others.map((image) => (image.own === image.seen && image.seen - image.unseen > gap ? 1 : 0)));
  return {
    rank: mean(unseen.map(({ rank }) => rank)),
    ausuc: mean(unseen.map((image) => (image.rank === 1 ? seenRight(image.seen - image.unseen) : 0))),
  };
}

describe('a run of two heads', () => {
  it.each(['regression', 'conse', 'reverse-ridge', 'whitened-ridge', 'eszsl', 'conse+reverse-ridge'])(
    "by %s: ranks and AUSUC use the reading, losses the recipe's space",
    (name) => {
      const own = summariseRun(joint, few);
      const summary = summariseRun(joint, { ...few, reading: name });
      const expected = naive(joint, name);
      expect(summary.run.reading).toEqual({ name, own: 'regression' });
      expect(summary.headline.heldOutRank.value).toBeCloseTo(expected.rank, 8);
      expect(summary.headline.ausuc.value).toBeCloseTo(expected.ausuc, 4);
      const { headline } = summary;
      for (const measure of ['skill', 'relativeChange', 'calibratedSkill'] as const)
        expect(headline[measure].value).toBe(own.headline[measure].value);
      const told = summary.notes.some((note) => note.startsWith(`Read by ${name}: `));
      expect(told).toBe(name !== 'regression');
      expect(summary.seenCentredCosine).not.toBeNaN();
    },
  );

  it('has the losses of the vector head, as if it were alone', () => {
    const [fold] = loadRun(joint).folds;
    const d = fold.space.dimension;
    const kept = readFoldOutputs(outputsOf(joint));
    expect(kept.dimension).toBe(d + 60);
    const own = matrixOf(kept.heldOut.last, kept.dimension).map((row) => row.slice(0, d));
    const { heldOut, seenMeans } = answersOf(fold);
    expect(heldOut.flatMap(({ last }) => matrixOf(last, d)).length).toBe(own.length);
    for (const { index, last } of heldOut) {
      const rows = own.filter((_, i) => kept.heldOut.labels[i] === index);
      expect(matrixOf(last, d)).toEqual(rows);
    }
    const means = classMeans(
      fromHalf(kept.seenImages!.outputs),
      kept.seenImages!.labels,
      [...fold.seen],
      d + 60,
    );
    const head = matrixOf(means, d + 60).flatMap((row) => row.slice(0, d));
    for (const [i, value] of head.entries()) expect(seenMeans[i]).toBeCloseTo(value, 5);
  });

  it('is compared with itself under other readings', () => {
    const { runs, rows } = compareRuns([joint], {
      readings: ['regression', 'conse', 'whitened-ridge'],
      resamples: 5,
    });
    expect(runs.map(({ name }) => name)).toEqual([
      'joint (recipe joint)',
      'joint (recipe joint, read by conse)',
      'joint (recipe joint, read by whitened-ridge)',
    ]);
    const rank = rows.find(({ measure }) => measure === 'heldOutRank')!;
    for (const [r, name] of ['regression', 'conse', 'whitened-ridge'].entries())
      expect(rank.values[r]).toBeCloseTo(naive(joint, name).rank, 8);
    const two = compareRuns([joint, poster], { readings: ['reverse-ridge'], resamples: 5 });
    expect(two.runs.map(({ reading }) => reading)).toEqual(['reverse-ridge', 'reverse-ridge']);
    expect(() => compareRuns([joint, poster], { readings: ['conse', 'eszsl', 'conse'] })).toThrow(
      '3 readings for 2 runs',
    );
    expect(() => compareRuns([joint], { readings: ['conse'] })).toThrow('a single run cannot be compared');
  });

  it('has a summary that is read back unchanged, with other runs compared by the same reading', async () => {
    const summary = summariseRun(joint, {
      ...few,
      reading: 'reverse-ridge',
      comparedWith: [poster],
      vocabulary: await openWords('shapes'),
    });
    expect(summary.comparedWith!.runs[0].name).toBe('poster (recipe poster, read by reverse-ridge)');
    expect(summary.comparedWith!.runs[0].values.heldOutRank).toBeCloseTo(
      naive(poster, 'reverse-ridge').rank,
      8,
    );
    expect(summary.zeroShot.vocabulary!.value.rank).toBeGreaterThan(summary.headline.rank.value!);
    const file = join(root, 'summary.json');
    writeFileSync(file, JSON.stringify(summary));
    expect(readSummary(file)).toEqual(summary);
  });
});

describe('a reading that a run does not support', () => {
  it('is refused with the file and possible solutions', () => {
    expect(() => loadRun(poster, 'conse')).toThrow(
      /split-0\.outputs\.safetensors: does not support the reading conse: this network has no class head/,
    );
    expect(() => loadRun(poster, 'ridge')).toThrow('unknown reading "ridge"');
    const file = outputsOf(poster);
    const { features, ...without } = readFoldOutputs(file);
    const { trainCovariance: _, ...old } = features!;
    writeFoldOutputs(file, { ...without, features: old });
    expect(() => loadRun(poster, 'whitened-ridge')).toThrow('the covariance');
    expect(summariseRun(poster, { ...few, reading: 'reverse-ridge' }).notes.join()).toContain(
      'divided by the deviation of their class means',
    );
    writeFoldOutputs(file, without);
    expect(() => loadRun(poster, 'reverse-ridge')).toThrow('wrote the file without features');
    expect(loadRun(poster).reading).toEqual({ name: 'regression', own: 'regression' });
    writeFoldOutputs(file, { ...without, features });
  });

  it('of a one-hot run is the vector head; ConSE is supported', async () => {
    const dir = await trained('one-hot', { control: 'one-hot' });
    expect(loadRun(dir).reading).toEqual({ name: 'conse-top10', own: 'conse-top10' });
    expect(summariseRun(dir, { ...few, reading: 'conse' }).headline.heldOutRank.value).toBeCloseTo(
      naive(dir, 'conse').rank,
      8,
    );
    expect(() => loadRun(dir, 'regression')).toThrow('this network has no vector head');
  });

  it('of a recipe with one head rejects a label weight', async () => {
    const asked = prepareExperiment({ ...SHAPES, train: { ...SHAPES.train, labelWeight: 0.3 } });
    await expect(asked).rejects.toThrow('recipe poster has only one head');
  });
});
