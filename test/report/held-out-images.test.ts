/** The images that the report and the demo show, from trained runs of drawn shapes. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseHTML } from 'linkedom';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createRunDirectory, prepareExperiment, runFolds } from '../../src/crossval/index.js';
import type { Dataset } from '../../src/data/index.js';
import { type HeldOutImages, heldOutImages, type NoHeldOutImages } from '../../src/report/held-out-images.js';
import { heldOutSheet } from '../../src/report/held-out-sheet.js';
import { writeReport } from '../../src/report/index.js';
import { keepRun, loadRun, summariseRun } from '../../src/statistics/index.js';
import { SHAPES } from '../crossval/shapes-options.js';
import { fakeRun } from '../statistics/support/fake-run.js';

const root = mkdtempSync(join(tmpdir(), 'lexel-held-out-images-'));
afterAll(() => rmSync(root, { recursive: true }));
const trained = join(root, 'trained');
let dataset: Dataset;

beforeAll(async () => {
  const experiment = await prepareExperiment({
    ...SHAPES,
    protocol: 'holdout:6',
    epochs: 1,
    selection: { folds: '0,1' },
  });
  ({ dataset } = experiment);
  createRunDirectory(trained, experiment);
  expect((await runFolds(trained, experiment, { workers: 1 })).failed).toEqual([]);
});

const imagesOf = (found: HeldOutImages | NoHeldOutImages): HeldOutImages => {
  if ('reason' in found) throw new Error(found.reason);
  return found;
};
const reasonOf = (found: HeldOutImages | NoHeldOutImages) => ('reason' in found ? found : null);

/** Another way to the answers: cosines in float64, sorted. */
function ranked(dir: string, fold: string, label: number, row: number, allowed: readonly number[]): number[] {
  const { space, mu, answers } = loadRun(dir).folds.find(({ record }) => record.id === fold)!;
  const { last } = answers!.heldOut.find(({ index }) => index === label)!;
  const d = mu.length;
  const centred = (from: Float32Array, at: number) => {
    const x = Array.from({ length: d }, (_, j) => from[at * d + j] - mu[j]);
    const length = Math.hypot(...x);
    return x.map((value) => value / length);
  };
  const output = centred(last, row);
  const score = (c: number) => centred(space.targets, c).reduce((sum, t, j) => sum + t * output[j], 0);
  return [...allowed].sort((a, b) => score(b) - score(a));
}

describe('a run with outputs', () => {
  test('shows the first test images of every held-out class, equally many, if there is room', async () => {
    const { images, rule } = imagesOf(await heldOutImages(loadRun(trained), { limit: 30 }));
    const heldOut = loadRun(trained).folds.flatMap(({ heldOut: own }) => own.map(({ index }) => index));
    expect(images).toHaveLength(24);
    expect([...new Set(images.map((image) => image.class))].sort()).toEqual([...heldOut].sort());
    for (const [i, { id, class: c }] of images.entries()) {
      const first = dataset.test.labels.indexOf(c);
      expect(id).toBe(first + (i % 2));
    }
    expect(rule).toBe('Not selected by hand: the first 2 test images of every held-out class.');
  });

  test('spreads the classes from the best to the worst mean rank if there is not', async () => {
    const data = loadRun(trained);
    const all = imagesOf(await heldOutImages(data, { limit: 12 })).images.map((image) => image.class);
    const { images, rule } = imagesOf(await heldOutImages(data, { limit: 4 }));
    expect(images.map((image) => image.class)).toEqual([all[0], all[4], all[7], all[11]]);
    expect(rule).toBe(
      'Not selected by hand: the first test image of 4 of the 12 held-out classes, evenly spread from the best to the worst mean rank.',
    );
    const rankOf = new Map(summariseRun(trained).classes.map(({ class: c, all: { rank } }) => [c, rank]));
    const ranks = all.map((c) => rankOf.get(c)!);
    expect(ranks).toEqual([...ranks].sort((a, b) => a - b));
  });

  test('the report embeds them, unless it is told not to', async () => {
    const small = { permutations: 5, resamples: 5 };
    const page = async (options: { images?: boolean }) => {
      const { files } = await writeReport(trained, { ...small, ...options, out: join(root, 'report') });
      return readFileSync(files[0], 'utf8');
    };
    const shown = await page({});
    expect(shown.match(/<li class="card"/g)).toHaveLength(24);
    expect(shown.match(/src="data:image\/png;base64,/g)).toHaveLength(24);
    expect(await page({ images: false })).not.toMatch(/data:image|No images are shown|class="card"/);
  });

  test('the pixels are those of the data set', async () => {
    const [{ png, id, size }] = imagesOf(await heldOutImages(loadRun(trained))).images;
    const bytes = size * size * 3;
    const pixels = await sharp(png).raw().toBuffer();
    expect(Buffer.compare(pixels, dataset.test.pixels.subarray(id * bytes, (id + 1) * bytes))).toBe(0);
  });

  test('the words are those nearest to the output, with their marks', async () => {
    const data = loadRun(trained);
    const { images } = imagesOf(await heldOutImages(data, { limit: 12, words: 60 }));
    for (const { fold, class: c, amongAll, amongHeldOut, superclass } of images) {
      const own = data.folds.find(({ record }) => record.id === fold)!.heldOut.map(({ index }) => index);
      const every = ranked(trained, fold, c, 0, [...dataset.classes.keys()]);
      expect(amongAll.words.map((word) => word.class)).toEqual(every);
      expect(amongAll.rank).toBe(every.indexOf(c) + 1);
      expect(amongAll).toMatchObject({ candidates: 60, chance: 30.5 });
      expect(amongHeldOut!.words.map((word) => word.class)).toEqual(ranked(trained, fold, c, 0, own));
      expect(amongHeldOut).toMatchObject({ candidates: 6, chance: 3.5 });
      expect(superclass).toBe(dataset.superclasses[dataset.superclassOf[c]]);
      for (const word of amongAll.words) {
        expect(word.label).toBe(dataset.classes[word.class]);
        expect(word.heldOut).toBe(own.includes(word.class));
        const near = dataset.superclassOf[word.class] === dataset.superclassOf[c];
        expect(word.mark).toBe(word.class === c ? 'right' : near ? 'near' : 'wrong');
      }
    }
  });

  test('ranks by the chosen reading', async () => {
    const own = imagesOf(await heldOutImages(loadRun(trained), { limit: 12 })).images;
    const other = imagesOf(await heldOutImages(loadRun(trained, 'reverse-ridge'), { limit: 12 })).images;
    const scores = (from: typeof own) =>
      new Map(from.map((image) => [image.id, image.amongAll.words[0].score]));
    expect(scores(other)).not.toEqual(scores(own));
    expect([...scores(other).keys()].sort()).toEqual([...scores(own).keys()].sort());
  });
});

describe('the contact sheet', () => {
  test('shows every image with the nearest words that its fold holds out', async () => {
    const found = imagesOf(await heldOutImages(loadRun(trained), { limit: 12, words: 3 }));
    const texts = textsOf(heldOutSheet(found, { title: 'Never seen', captions: ['First.'] }));
    expect(texts.slice(0, 2)).toEqual(['Never seen', 'First.']);
    expect(texts).toContain(
      'Under each image: its class, and the nearest of the 6 words without any image in training.',
    );
    expect(texts).toContain(found.rule);
    const expected = found.images.flatMap(({ label, amongHeldOut }) => {
      const { words, rank } = amongHeldOut!;
      const note = rank > 3 ? [`right word: rank ${rank} of 6`] : [];
      return [label, ...words.map((word) => word.label), ...note].map((text) => text.replace('_', ' '));
    });
    const first = texts.indexOf(expected[0]);
    expect(texts.slice(first, first + expected.length)).toEqual(expected);
  });

  test('ranks all labels if some fold holds out a single class, and marks those never seen', async () => {
    const found = imagesOf(await heldOutImages(loadRun(trained), { limit: 12, words: 60 }));
    const [first, ...others] = found.images;
    const images = [{ ...first, amongHeldOut: null }, ...others];
    const svg = heldOutSheet({ ...found, images }, { title: 'Never seen' });
    expect(textsOf(svg)).toContain('Under each image: its class, and the nearest of all 60 words.');
    // Six of 60 words in each of 12 tiles, and one in the legend.
    expect(svg.match(/<polygon/g)).toHaveLength(6 * 12 + 1);
  });
});

/** The text of a figure, line by line. */
const textsOf = (svg: string) =>
  Array.from(parseHTML(svg).document.querySelectorAll('text'), (element) => element.textContent);

describe('the reason why a run has no images to show', () => {
  test('records only', async () => {
    const { dir } = keepRun(trained, root, { name: 'kept' });
    const found = reasonOf(await heldOutImages(loadRun(dir)));
    expect(found!.reason).toBe(`${dir} keeps records of its folds, without the outputs of single images`);
  });

  const fakeOf = (name: string, data: string) => {
    const dir = join(root, name);
    fakeRun(dir, { classes: ['cat', 'dog', 'car', 'bus'], groups: [[0, 2]], protocol: 'single' });
    const file = join(dir, 'run.json');
    const run = JSON.parse(readFileSync(file, 'utf8'));
    writeFileSync(file, JSON.stringify({ ...run, config: { ...run.config, data } }));
    return dir;
  };

  test('the data set is not found', async () => {
    const dir = fakeOf('lost', join(root, 'gone'));
    expect(reasonOf(await heldOutImages(loadRun(dir)))!.reason).toMatch(/^no data set ".*gone"/);
  });

  test('other images', async () => {
    const dir = fakeOf('other', 'shapes');
    expect(reasonOf(await heldOutImages(loadRun(dir)))!.reason).toBe(
      `shapes: these are not the images that ${dir} was begun with`,
    );
  });

  test('the same images in another order', async () => {
    const dir = join(root, 'order');
    cpSync(trained, dir, { recursive: true });
    const file = join(dir, 'run.json');
    const run = JSON.parse(readFileSync(file, 'utf8'));
    run.dataset.orderedHash = '0123456789abcdef';
    writeFileSync(file, JSON.stringify(run));
    expect(reasonOf(await heldOutImages(loadRun(dir)))).toEqual({
      reason: `the images of shapes are in another order than when ${dir} was begun`,
      hint: 'Give the directory with the images in their original order with --data-dir.',
    });
  });
});
