/**
 * Zero-shot figures of runs whose outputs are not raw word vectors: those of a classifier, and unit vectors.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import {
  createRunDirectory,
  foldFiles,
  prepareExperiment,
  readFoldOutputs,
  runFolds,
} from '../../../src/crossval/index.js';
import { fromHalf } from '../../../src/formats/index.js';
import { loadRun } from '../../../src/statistics/load.js';
import { summarise } from '../../../src/statistics/summary.js';
import { openWords, type WordVectors } from '../../../src/words/index.js';
import { SHAPES } from '../../crossval/shapes-options.js';

const root = mkdtempSync(join(tmpdir(), 'lexel-spaces-'));
afterAll(() => rmSync(root, { recursive: true }));

async function trained(name: string, changes: object): Promise<string> {
  const experiment = await prepareExperiment({
    ...SHAPES,
    selection: { folds: '0' },
    epochs: 4,
    train: {},
    ...changes,
  });
  const dir = join(root, name);
  createRunDirectory(dir, experiment);
  expect((await runFolds(dir, experiment)).failed).toEqual([]);
  return dir;
}

type Row = number[];
const rowsOf = (values: Float32Array, d: number): Row[] =>
  Array.from({ length: values.length / d }, (_, i) => [...values.subarray(i * d, (i + 1) * d)]);
const less = (a: Row, b: Row) => a.map((x, j) => x - b[j]);
const dot = (a: Row, b: Row) => a.reduce((sum, x, j) => sum + x * b[j], 0);
const unit = (a: Row) => a.map((x) => x / Math.sqrt(dot(a, a)));
const meanOf = (rows: Row[]) =>
  rows[0].map((_, j) => rows.reduce((sum, row) => sum + row[j], 0) / rows.length);

/**
 * ConSE as in its paper: the vectors of the ten most probable seen classes, weighted by their probabilities.
 */
function conse(logits: Row, seen: number[], vectors: Row[]): Row {
  const top = [...seen].sort((a, b) => logits[b] - logits[a]).slice(0, 10);
  const weights = top.map((c) => Math.exp(logits[c] - logits[top[0]]));
  const total = weights.reduce((a, b) => a + b, 0);
  return vectors[0].map((_, j) => top.reduce((sum, c, i) => sum + (weights[i] / total) * vectors[c][j], 0));
}

/**
 * Accuracies among all labels by centred cosine, averaged over classes: for images of seen and of held-out
 * classes.
 */
function naive(
  dir: string,
  place: (output: Row, seen: number[], vectors: Row[]) => Row,
  unitTargets: boolean,
) {
  const { run } = loadRun(dir);
  const d = run.run.words.dimension;
  const raw = rowsOf(run.targets, d);
  const targets = unitTargets ? raw.map(unit) : raw;
  const kept = readFoldOutputs(foldFiles(dir, 'split-0').outputs);
  const seen = [...kept.seen.classes];
  const mu = meanOf(seen.map((c) => targets[c]));
  const centred = targets.map((t) => unit(less(t, mu)));
  const accuracy = (outputs: Float32Array, labels: Int32Array) => {
    const right = new Map<number, number[]>();
    for (const [i, row] of rowsOf(outputs, kept.dimension).entries()) {
      const scores = centred.map((t) => dot(less(place(row, seen, targets), mu), t));
      const answer = scores.indexOf(Math.max(...scores));
      right.set(labels[i], [...(right.get(labels[i]) ?? []), answer === labels[i] ? 1 : 0]);
    }
    const means = [...right.values()].map((list) => list.reduce((a, b) => a + b, 0) / list.length);
    return means.reduce((a, b) => a + b, 0) / means.length;
  };
  return {
    dimension: [kept.dimension, d],
    seen: accuracy(fromHalf(kept.seenImages!.outputs), kept.seenImages!.labels),
    unseen: accuracy(kept.heldOut.last, kept.heldOut.labels),
  };
}

const figures = (dir: string, vocabulary?: WordVectors) =>
  summarise(loadRun(dir), { permutations: 10, resamples: 2, vocabulary }).zeroShot;

describe('zero-shot figures', () => {
  it('of a one-hot run read the seen images by ConSE too, for any number of classes', async () => {
    const dir = await trained('one-hot', { control: 'one-hot' });
    const expected = naive(dir, conse, false);
    expect(expected.dimension[0]).not.toBe(expected.dimension[1]);
    // If a classifier's scores were taken for word vectors, hardly any image would be right.
    expect(expected.seen).toBeGreaterThan(0.05);
    const { generalised, scorings } = figures(dir);
    expect(generalised!.plain.seen).toBeCloseTo(expected.seen, 10);
    expect(generalised!.plain.unseen).toBeCloseTo(expected.unseen, 10);
    expect(scorings[0].value.hit1).toBeCloseTo(expected.unseen, 10);
  });

  it('of a ranking run have targets, μ and outputs in one space', async () => {
    const dir = await trained('ranking', { train: { ranking: 0.2 } });
    const expected = naive(dir, (row) => unit(row), true);
    const { generalised, scorings } = figures(dir);
    expect(generalised!.plain.seen).toBeCloseTo(expected.seen, 10);
    expect(generalised!.plain.unseen).toBeCloseTo(expected.unseen, 10);
    expect(scorings[0].value.hit1).toBeCloseTo(expected.unseen, 10);
  });

  it('rank a whole vocabulary for every recipe, with its words in the space of the fold', async () => {
    const dir = await trained('whitened', { recipe: 'whitened', epochs: 1 });
    const { vocabulary, scorings } = figures(dir, await openWords('shapes'));
    const { words, candidates } = vocabulary!;
    expect(candidates).toBe(60 + words);
    // More words can only increase the rank, and by at most the number of new words.
    expect(vocabulary!.value.rank).toBeGreaterThan(scorings[0].value.rank);
    expect(vocabulary!.value.rank).toBeLessThan(scorings[0].value.rank + words);
  });
});
