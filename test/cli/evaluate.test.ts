import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDataset } from '../../src/data/index.js';
import { type Evaluation, evaluateModel, openModel } from '../../src/search/index.js';
import { mse } from '../../src/util/metrics.js';
import { lexel } from './lexel.js';

const dir = mkdtempSync(join(tmpdir(), 'lexel-evaluate-'));
afterAll(() => rmSync(dir, { recursive: true }));
const run = (...args: string[]) => lexel(args, { cwd: dir });
const SMALL = '--data shapes --words shapes --net lite --epochs 1 --limit 640 --batch 32 --workers 1'.split(
  ' ',
);
const HELD = ['red_circle', 'blue_heart', 'pink_star'];
let trained: Awaited<ReturnType<typeof run>>;

beforeAll(async () => {
  trained = await run('train', ...SMALL, '--holdout', HELD.join(), '--out', 't');
  expect(trained.code, trained.err).toBe(0);
});

const answer = async (...args: string[]): Promise<Evaluation> => {
  const { code, out, err } = await run('evaluate', ...args, '--json');
  expect(code, err).toBe(0);
  return JSON.parse(out);
};

describe.concurrent('lexel evaluate', () => {
  it('agrees with plain arithmetic on the embedded test images', async () => {
    const found = await answer('t', '--reading', 'regression');
    const model = openModel(join(dir, 't'), { reading: 'regression' });
    const { test, classes } = await openDataset('shapes');
    const d = model.dimension;
    const raw = new Uint8Array(test.size ** 2 * 3 * test.count);
    raw.set(test.pixels.subarray(0, raw.length));
    const points = await model.predict(raw);
    const { vectors, labels } = model.model;
    const cosine = (a: ArrayLike<number>, b: ArrayLike<number>) => {
      let [ab, aa, bb] = [0, 0, 0];
      for (let j = 0; j < d; j++) {
        const [x, y] = [a[j] - model.mean[j], b[j] - model.mean[j]];
        ab += x * y;
        aa += x * x;
        bb += y * y;
      }
      return ab / Math.sqrt(aa * bb);
    };
    let [images, loss, first, five, own] = [0, 0, 0, 0, 0];
    for (let i = 0; i < test.count; i++) {
      const label = classes[test.labels[i]];
      if (!HELD.includes(label)) continue;
      const point = points.subarray(i * d, (i + 1) * d);
      const vector = (name: string) =>
        vectors.subarray(labels.indexOf(name) * d, (labels.indexOf(name) + 1) * d);
      const better = (names: readonly string[]) =>
        names.filter((name) => cosine(point, vector(name)) > cosine(point, vector(label))).length;
      images++;
      loss += mse(point, vector(label));
      if (better(labels) < 1) first++;
      if (better(labels) < 5) five++;
      if (better(HELD) < 1) own++;
    }
    const { heldOut } = found;
    expect(heldOut!.images).toBe(images);
    expect(heldOut!.loss).toBeCloseTo(loss / images, 6);
    expect(heldOut!.all.top1).toBeCloseTo(first / images, 12);
    expect(heldOut!.all.top5).toBeCloseTo(five / images, 12);
    expect(heldOut!.own.top1).toBeCloseTo(own / images, 12);
    expect(heldOut!.own).toMatchObject({ candidates: 3, top5: 1, chance: { top1: 1 / 3, top5: 1, rank: 2 } });
    expect(
      found.classes
        .filter((one) => one.heldOut)
        .map(({ label }) => label)
        .sort(),
    ).toEqual([...HELD].sort());
  });

  it('parts, classes and confusions add up', async () => {
    const { seen, heldOut, classes, confusions, missing, unknown } = await answer('t');
    expect([seen!.classes, heldOut!.classes, classes.length]).toEqual([57, 3, 60]);
    expect(seen!.images + heldOut!.images).toBe(classes.reduce((sum, { images }) => sum + images, 0));
    const wrong = classes.reduce((sum, { images, top1 }) => sum + images * (1 - top1), 0);
    expect(confusions.reduce((sum, { images }) => sum + images, 0)).toBeCloseTo(wrong, 6);
    expect(confusions.every(({ label, answer: other }) => label !== other)).toBe(true);
    expect([missing, unknown]).toEqual([[], []]);
  });

  it('shows held-out classes apart, and no top-5 of three', async () => {
    const { out } = await run('evaluate', 't', '--confusions', '2');
    expect(out).toMatch(/^57 seen classes, 1425 images: loss 0\.\d{4}$/m);
    expect(out).toMatch(/^3 held-out classes, 75 images: loss 0\.\d{4}$/m);
    expect(out).toMatch(/^ {2}of the 3 held-out +[\d.]+ % +[\d.]+$/m);
    expect(out).toMatch(/^ {4}guessing +33\.3 % +2\.0$/m);
    expect(out.match(/held out$/gm)!.length).toBeGreaterThanOrEqual(3);
  });

  it('train prints the same at its end', async () => {
    const [, end] = trained.out.split('On the test images:\n');
    const { out } = await run('evaluate', 't', '--confusions', '5');
    expect(out).toContain(end.split('\n\nThe model is in')[0]);
  });

  it('names what it cannot measure', async () => {
    const { code, err } = await run('evaluate', 'nowhere');
    expect([code, err.split('\n')[0]]).toEqual([1, 'lexel: --model nowhere: no such file or run directory']);
    const shapes = await openDataset('shapes');
    const other = { ...shapes, name: 'mine', classes: shapes.classes.map((label) => `my_${label}`) };
    await expect(evaluateModel({ model: join(dir, 't'), data: other })).rejects.toThrow(
      "mine has no test image of any of the model's 60 labels",
    );
    const half = {
      ...shapes,
      classes: shapes.classes.map((label, c) => (c < 30 ? label.replace('_', ' ') : `my_${label}`)),
    };
    const found = await evaluateModel({ model: join(dir, 't'), data: half });
    expect([found.classes.length, found.missing.length, found.unknown.length]).toEqual([30, 30, 30]);
  });
});
