import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeImage } from '../../src/data/index.js';
import {
  candidatesOf,
  classifyOutputs,
  type ImageModel,
  type Images,
  openModel,
  updateIndex,
} from '../../src/search/index.js';
import { loadModel, saveModel } from '../../src/train/index.js';
import { centredCosine } from '../../src/util/metrics.js';
import { labelVectors, openWords, WordVectors } from '../../src/words/index.js';
import { drawImage, LABELS, saveUntrained } from './untrained.js';

const dir = mkdtempSync(join(tmpdir(), 'lexel-model-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));
const file = join(dir, 'm.safetensors');
let model: ImageModel;
let red: string;
let blue: string;

beforeAll(async () => {
  await saveUntrained(file);
  model = openModel(file);
  red = await drawImage(join(dir, 'red.png'), '#c22', '#eee');
  blue = await drawImage(join(dir, 'blue.png'), '#22c', '#111');
});

describe('openModel', () => {
  it('embeds paths, encoded images, pixels of any size and batches equally', async () => {
    expect([model.dimension, model.size, model.labels]).toEqual([50, 32, LABELS]);
    const both = await model.embed([red, blue]);
    expect(both.map((row) => row.length)).toEqual([50, 50]);
    expect([both.matrix.length, both.dimension]).toEqual([100, 50]);
    expect(both[1]).toEqual(both.matrix.subarray(50));
    expect(both[1].buffer).toBe(both.matrix.buffer);
    expect(await model.embed(blue)).toEqual([both[1]]);
    const pixels = new Uint8Array(2 * 32 * 32 * 3);
    for (const [i, path] of [red, blue].entries()) pixels.set(await decodeImage(path, 32), i * 3072);
    const batch = { data: pixels, count: 2, width: 32, height: 32 };
    expect(await model.embed(batch)).toEqual(both);
    expect(await model.embed(readFileSync(blue))).toEqual([both[1]]);
    expect(await model.embed([new Uint8Array(readFileSync(red)), blue])).toEqual(both);
    const { data, info } = await sharp(red).ensureAlpha().raw().toBuffer({ resolveWithObject: true });
    const raw = { data: new Uint8ClampedArray(data), width: info.width, height: info.height };
    expect(await model.embed([raw, { data: pixels.subarray(3072), width: 32, height: 32 }])).toEqual(both);
    const two = { ...raw, count: 2, data: new Uint8ClampedArray([...data, ...data]) };
    expect(await model.embed(two)).toEqual(await model.embed([red, red]));
    expect(await model.embed([])).toHaveLength(0);
  });

  it('names the model whose outputs are not finite, in every use', async () => {
    const diverged = join(dir, 'diverged.safetensors');
    const whole = loadModel(file);
    const weights = new Map(whole.weights);
    for (const [name, { shape, data }] of weights)
      weights.set(name, { shape, data: data.map((x) => x * 1e36) });
    saveModel(diverged, { ...whole, weights });
    const broken = openModel(diverged);
    const message = `${diverged}: its network answers NaN or infinity`;
    await expect(broken.embed(red)).rejects.toThrow(message);
    await expect(broken.classify(red)).rejects.toThrow(message);
    const index = join(dir, 'diverged.lex');
    await expect(updateIndex(dir, index, broken)).rejects.toThrow(message);
    expect(existsSync(index)).toBe(false);
  });

  it('decodes encoded bytes of any length', async () => {
    const own = await model.embed(red);
    const bytes = readFileSync(red);
    for (const length of [3072, 2 * 3072]) {
      const padded = Buffer.concat([bytes, Buffer.alloc(length - bytes.length)]);
      expect(await model.embed(padded)).toEqual(own);
    }
    const jpeg = await sharp(red).jpeg().toBuffer();
    const padded = Buffer.concat([jpeg, Buffer.alloc(3072 - jpeg.length)]);
    expect(await model.embed([padded, red])).toEqual(await model.embed([jpeg, bytes]));
  });

  it('gives the same results one by one, in batches, and on wasm up to rounding', async () => {
    const many = Array.from({ length: 75 }, (_, i) => (i % 3 === 0 ? red : blue));
    const outputs = await model.embed(many);
    const [one] = await model.embed(red);
    const [wasm] = await openModel(file, { backend: 'wasm' }).embed(red);
    for (let i = 0; i < 75; i += 3) {
      expect(centredCosine(outputs[i], one)).toBeGreaterThan(0.99999);
    }
    expect(centredCosine(wasm, one)).toBeGreaterThan(0.99999);
  });

  it('gives unit vectors whose dot products are centred cosines', async () => {
    const [raw, unit] = [await model.embed([red, blue]), await model.embed([red, blue], { unit: true })];
    const dot = unit[0].reduce((sum, x, j) => sum + x * unit[1][j], 0);
    const { seenMean } = model.model;
    expect(dot).toBeCloseTo(centredCosine(raw[0], raw[1], seenMean), 5);
  });

  it('classifies among its labels, chosen words and a vocabulary, seen and unseen', async () => {
    const [answers, other] = await model.classify([red, blue], { top: 9 });
    expect(answers.map((a) => a.label).sort()).toEqual([...LABELS].sort());
    expect(answers.find((a) => a.label === 'green_star')!.unseen).toBe(true);
    expect(other).not.toEqual(answers);
    // "yellow star" is not a label; its vector comes from the set that the model was trained with.
    const [chosen] = await model.classify(red, { labels: ['yellow star', 'red_circle', 'the'] });
    expect(chosen.map((a) => a.label).sort()).toEqual(['red_circle', 'the', 'yellow star']);
    const [some] = await model.classify(red, { vocab: 10, top: 99 });
    expect(some).toHaveLength(LABELS.length + 10);
    expect(some.map((a) => a.label)).toContain('colour');
    const [all] = await model.classify(red, { vocab: 'all', top: 999 });
    expect(all).toHaveLength(LABELS.length + 343);
    expect(all.every((a, i) => i === 0 || a.score <= all[i - 1].score)).toBe(true);
  });

  it('warns if the vectors hold no words but its labels, so that a vocabulary adds none', async () => {
    const words = await openWords('shapes');
    const { vectors } = labelVectors(words, LABELS);
    const table = { words: LABELS, dimension: words.dimension, matrix: vectors };
    const warnings: string[] = [];
    const own = openModel(file, {
      words: new WordVectors(table, 'labels.txt'),
      onWarning: (message) => warnings.push(message),
    });
    expect((await own.classify(red, { top: 99 }))[0]).toHaveLength(LABELS.length);
    expect(warnings).toEqual([]);
    expect((await own.classify(red, { vocab: 10, top: 99 }))[0]).toHaveLength(LABELS.length);
    expect(warnings).toEqual([
      "--vocab has nothing more to offer: labels.txt contains no words other than the model's labels; " +
        'a larger set of the same space can be given with --words',
    ]);
  });

  it('corrects for hubs by CSLS', async () => {
    const { matrix: outputs } = await model.embed([red, blue]);
    const { names, vectors, mu } = candidatesOf(model.model);
    const plain = classifyOutputs(outputs, { names, vectors, mu, unseen: new Set() }, { top: 5 });
    const [answers] = await model.classify(red, { csls: true });
    // 2 cos − mean cosine to the seen labels (all four, because there are fewer than ten) − the output's mean
    // cosine to the candidates.
    const d = 50;
    const own = plain[0].reduce((sum, a) => sum + a.score, 0) / 5;
    for (const { index, score } of answers) {
      const near = [0, 1, 2, 3].map((s) =>
        centredCosine(vectors.subarray(index * d, (index + 1) * d), vectors.subarray(s * d, (s + 1) * d), mu),
      );
      const cosine = plain[0].find((a) => a.index === index)!.score;
      expect(score).toBeCloseTo(2 * cosine - own - near.reduce((a, b) => a + b) / 4, 5);
    }
    const { matrix: references } = await model.embed([red, blue], { unit: true });
    expect((await model.classify(red, { csls: references }))[0]).toHaveLength(5);
    await expect(model.classify(red, { csls: true, metric: 'euclidean' })).rejects.toThrow(
      '--csls needs cosines',
    );
  });

  it('refuses what is not an image', async () => {
    const failure = (images: unknown) => model.embed(images as Images).catch((error) => error);
    const others: [unknown, string][] = [
      [null, 'null'],
      [undefined, 'undefined'],
      [7, 'number'],
      [() => red, 'function'],
      [{}, 'Object'],
      [Object.create(null), 'Object'],
      [Promise.resolve(red), 'Promise'],
      [new Map(), 'Map'],
    ];
    for (const [value, kind] of others) {
      const error = await failure(value);
      expect(error).toMatchObject({ name: 'LexelError', message: `image: not an image (${kind})` });
      expect(error.hint).toContain('{ data, width, height }');
      expect((await failure([red, value])).message).toBe(`image 2 of 2: not an image (${kind})`);
      expect((await model.classify(value as Images).catch((e) => e)).message).toBe(error.message);
    }
    expect((await failure([[red, red]])).message).toBe('image: not an image (Array)');
    expect((await failure(new Array(2))).message).toBe('image 1 of 2: not an image (undefined)');
    for (const bare of [
      new Uint8ClampedArray(3072),
      new Float32Array(12),
      new DataView(new ArrayBuffer(12)),
    ]) {
      const error = await failure(bare);
      expect(error.message).toBe('image: pixels need a width and height');
      expect(error.hint).toContain('{ data, width, height }');
    }
  });

  it('refuses input of the wrong size', async () => {
    const failure = (images: unknown) => model.embed(images as Images).catch((error) => error);
    for (const bare of [
      new Uint8Array(100),
      new Uint8Array(3072),
      new Uint8Array(0),
      new Uint8ClampedArray(4),
    ]) {
      const { message, hint } = await failure(bare);
      expect(message).toContain('image: ');
      expect(hint).toContain('{ data, width, height }');
    }
    expect((await failure([red, new Uint8Array(3072)])).message).toMatch(
      /^image 2 of 2: is not a readable image \(3072 bytes/,
    );
    expect((await failure({ data: readFileSync(red), width: 32, height: 32 })).message).toBe(
      `image: these are the ${readFileSync(red).length} bytes of a PNG file, not 32 x 32 pixels`,
    );
    expect((await failure({ data: new Float32Array(12), width: 2, height: 2 })).message).toContain(
      'pixels must be a Uint8Array',
    );
    for (const shape of [
      { width: -2, height: -2 },
      { width: 1.5, height: 2 },
      { width: 0, height: 0 },
    ])
      expect((await failure({ data: new Uint8Array(12), ...shape })).message).toContain('whole number');
    const batch = { data: new Uint8Array(24), count: 2, width: 2, height: 2 };
    expect((await failure({ ...batch, count: 5 })).message).toBe(
      'image: 24 values do not match 5 times 2 x 2 pixels with 1, 3 or 4 channels',
    );
    for (const data of [[1, 2, 3], new Float32Array(24), undefined, 'abc']) {
      const { name, message, hint } = await failure({ ...batch, data });
      expect([name, message]).toEqual(['LexelError', expect.stringContaining('pixels must be a Uint8Array')]);
      expect(hint).toContain('{ data, count, width, height }');
    }
    for (const shape of [{ width: undefined }, { height: 0 }, { count: 1.5 }, { count: null }])
      expect(await failure({ ...batch, ...shape })).toMatchObject({
        name: 'LexelError',
        hint: expect.stringContaining('{ data, count, width, height }'),
      });
    expect((await failure([red, batch])).message).toContain('image 2 of 2: a batch cannot be part of a list');
    await expect(model.predict(new Uint8Array(100))).rejects.toThrow(
      'are not a multiple of the size of a 32 x 32 RGB image',
    );
    await expect(model.embed({ data: new Uint8Array(7), width: 2, height: 2 })).rejects.toThrow(
      'image: 7 values are not 2 x 2 pixels with 1, 3 or 4 channels',
    );
    writeFileSync(join(dir, 'cut.png'), readFileSync(red).subarray(0, 40));
    await expect(model.embed([red, join(dir, 'cut.png')])).rejects.toThrow('is not a readable image');
    await expect(model.classify(red, { labels: ['zebra'] })).rejects.toThrow(
      'the label "zebra" has no word vector in shapes.lexw',
    );
    await expect(model.classify(red, { labels: ['red_circle'], vocab: 'all' })).rejects.toThrow('exclude');
    expect(() => openModel(join(dir, 'none'))).toThrow('no such file or run directory');
  });
});
