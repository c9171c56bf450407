/** Small data sets for the tests of this folder. */
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll } from 'vitest';
import { allocateSet, makeDataset } from '../../src/data/dataset.js';
import type { Dataset, ImageSet } from '../../src/data/types.js';

/** A directory that is removed when the test file ends. */
export async function temporary(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'lexel-data-'));
  afterAll(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

/** The folder of the real CIFAR-100; prints a message and returns undefined if it does not exist. */
export function realCifar100(): string | undefined {
  const dir = resolve(process.env.LEXEL_DATA ?? '../shared/data', 'cifar-100-binary');
  if (existsSync(dir)) return dir;
  console.warn(`skipped: no real CIFAR-100 in ${dir} (set LEXEL_DATA)`);
  return undefined;
}

/** An image set of size 2, given by one number per image, the value of all its pixels. */
export function flatSet(images: readonly (readonly [value: number, label: number])[], size = 2): ImageSet {
  const set = allocateSet(images.length, size);
  images.forEach(([value, label], i) => {
    set.pixels.fill(value, i * size * size * 3, (i + 1) * size * size * 3);
    set.labels[i] = label;
  });
  return set;
}

/** A data set of flat images with classes "a", "b", ... */
export function flatDataset(
  classes: number,
  train: readonly (readonly [number, number])[],
  test: readonly (readonly [number, number])[],
): Dataset {
  return makeDataset({
    name: 'flat',
    classes: Array.from({ length: classes }, (_, i) => String.fromCharCode(97 + i)),
    train: flatSet(train),
    test: flatSet(test),
  });
}

/** The pixel bytes of a record whose value at (y, x, channel) is `at(y, x, c)`, planar as in the files. */
export function planar(at: (y: number, x: number, c: number) => number): Buffer {
  const bytes = Buffer.alloc(3072);
  for (let c = 0; c < 3; c++) {
    for (let y = 0; y < 32; y++)
      for (let x = 0; x < 32; x++) bytes[c * 1024 + y * 32 + x] = at(y, x, c) & 255;
  }
  return bytes;
}

/** A small directory in CIFAR-100's layout; class f has superclass f % 20. */
export async function writeCifar100(dir: string, train: number, test: number): Promise<void> {
  const records = (count: number, salt: number) =>
    Buffer.concat(
      Array.from({ length: count }, (_, i) => {
        const label = (i * 7) % 100;
        const pixels = planar((y, x, c) => salt + i * 31 + y * 5 + x * 3 + c * 11);
        return Buffer.concat([Buffer.from([label % 20, label]), pixels]);
      }),
    );
  await writeFile(join(dir, 'train.bin'), records(train, 0));
  await writeFile(join(dir, 'test.bin'), records(test, 1));
  const names = (prefix: string, count: number) =>
    Array.from({ length: count }, (_, i) => `${prefix}_${i}`).join('\n');
  await writeFile(join(dir, 'fine_label_names.txt'), `${names('class', 100)}\n\n`);
  await writeFile(join(dir, 'coarse_label_names.txt'), `${names('super', 20)}\n`);
}
