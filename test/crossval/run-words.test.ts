/** The word vectors of a run, opened again for words that are no labels. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createRunDirectory, prepareExperiment, type Run, readRun } from '../../src/crossval/index.js';
import { wordsOfRun } from '../../src/crossval/run-words.js';
import { openWords } from '../../src/words/index.js';
import { SHAPES } from './shapes-options.js';

const root = mkdtempSync(join(tmpdir(), 'lexel-run-words-'));
afterAll(() => rmSync(root, { recursive: true }));
let shapes: Run;
beforeAll(async () => {
  createRunDirectory(join(root, 'run'), await prepareExperiment(SHAPES));
  shapes = readRun(join(root, 'run'));
});

/** The run as if it had been begun with a file. */
const begunWith = (file: string): Run => {
  const { config, words } = shapes.run;
  const run = {
    ...shapes.run,
    config: { ...config, words: file },
    words: { ...words, source: basename(file) },
  };
  return { ...shapes, run };
};

/** Some of the shapes' words as a text file. */
async function wordFile(name: string, keep: (word: string) => boolean): Promise<string> {
  const { words, matrix, dimension: d } = await openWords('shapes');
  const file = join(root, name);
  const lines = words.flatMap((word, i) =>
    keep(word) ? [`${word} ${matrix.subarray(i * d, (i + 1) * d).join(' ')}\n`] : [],
  );
  writeFileSync(file, lines.join(''));
  return file;
}

test('those that the run was begun with', async () => {
  expect(await wordsOfRun(shapes)).toMatchObject({ words: { source: 'shapes.lexw' }, own: true });
});

test('a file of the same space with other words is not called their own', async () => {
  const own = begunWith(await wordFile('mine.txt', () => true));
  expect(await wordsOfRun(own)).toMatchObject({ words: { count: 343 }, own: true });
  await wordFile('mine.txt', (word) => word !== 'the');
  expect(await wordsOfRun(own)).toMatchObject({ words: { count: 342 }, own: false });
});

test('says that a file holds only the labels', async () => {
  const keys = new Set(shapes.run.words.labels.flatMap(({ words }) => words));
  const file = await wordFile('labels.txt', (word) => keys.has(word));
  expect(await wordsOfRun(begunWith(file))).toEqual({
    reason: 'labels.txt holds only the words of the labels',
    hint: 'The words that ship with Lexel are of another space.',
  });
});

test('says that a file is gone, or of another space', async () => {
  const file = join(root, 'gone.txt');
  expect(await wordsOfRun(begunWith(file))).toMatchObject({ reason: expect.stringContaining('gone.txt') });
  writeFileSync(
    file,
    Array.from({ length: 90 }, (_, i) => `w${i} ${Array(50).fill(i).join(' ')}\n`).join(''),
  );
  expect(await wordsOfRun(begunWith(file))).toMatchObject({
    reason: 'gone.txt is not the word space of this run',
  });
});

test('says that a control has given the labels other vectors', async () => {
  const d = shapes.run.words.dimension;
  const targets = Float32Array.from([...shapes.targets.subarray(d), ...shapes.targets.subarray(0, d)]);
  expect(await wordsOfRun({ targets, run: { ...shapes.run, control: 'permuted' } })).toMatchObject({
    reason: 'the control permuted gave the labels other vectors than those of shapes.lexw',
  });
});

test('the shipped words stand in for vectors of the same space that are gone or hold only the labels', async () => {
  const pack = await openWords('pack');
  const labels = ['cat', 'dog', 'bus'].map((label) => ({ label, words: [label], via: 'exact' as const }));
  const targets = Float32Array.from(labels.flatMap(({ label }) => [...pack.require(label)]));
  const file = join(root, 'few.txt');
  const { run } = begunWith(file);
  const own = { targets, run: { ...run, words: { ...run.words, labels } } };
  const stand = { words: { source: 'pack.lexw' }, own: false };
  expect(await wordsOfRun(own)).toMatchObject(stand);
  writeFileSync(file, labels.map(({ label }) => `${label} ${pack.require(label).join(' ')}\n`).join(''));
  expect(await wordsOfRun(own)).toMatchObject(stand);
});
