import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { readImageFolder } from '../../src/data/folder.js';
import { FormatError } from '../../src/util/errors.js';
import { temporary } from './helpers.js';

let root: string;
beforeAll(async () => {
  root = await temporary();
});

/** Writes a picture of one colour; the ending says the format. */
async function picture(file: string, red: number, width = 20, height = 12): Promise<void> {
  await mkdir(join(file, '..'), { recursive: true });
  const background = { r: red, g: 100, b: 50 };
  await sharp({ create: { width, height, channels: 3, background } }).toFile(file);
}

/** Writes class folders, red = 20 * class + place of the file. */
async function classes(dir: string, content: Record<string, string[]>): Promise<void> {
  for (const [c, [name, files]] of Object.entries(content).entries()) {
    for (const [i, file] of files.entries()) await picture(join(dir, name, file), 20 * c + i);
  }
}

const failure = async (promise: Promise<unknown>): Promise<string> => {
  const error = await promise.then(
    () => undefined,
    (e) => e,
  );
  expect(error).toBeInstanceOf(FormatError);
  expect(error.hint).toBeTruthy();
  return error.message.replace(`${root}/`, '');
};

describe('readImageFolder', () => {
  it('reads PNG, JPEG and WebP, and splits by seed', async () => {
    const dir = join(root, 'split');
    await classes(dir, {
      cat: ['a.png', 'b.jpg', 'c.webp', 'd.JPEG', 'e.png'],
      apple: ['1.png', '2.png', '3.png'],
    });
    await writeFile(join(dir, 'cat', 'notes.txt'), 'not a picture');
    await writeFile(join(dir, 'readme.md'), 'neither');
    const seen: number[] = [];
    const set = await readImageFolder(dir, {
      size: 16,
      testFraction: 0.4,
      onProgress: (done) => seen.push(done),
    });
    expect(set.classes).toEqual(['apple', 'cat']);
    expect([set.train.count, set.test.count, set.train.size]).toEqual([5, 3, 16]);
    expect(seen.at(-1)).toBe(8);
    expect([...set.test.labels]).toEqual([0, 1, 1]);
    expect(set.train.pixels[1]).toBeGreaterThan(95);
    const again = await readImageFolder(dir, { size: 16, testFraction: 0.4 });
    expect(again.hash).toBe(set.hash);
    const others = await Promise.all(
      [1, 2, 3].map((seed) => readImageFolder(dir, { size: 16, testFraction: 0.4, seed })),
    );
    expect(others.some((other) => other.hash !== set.hash)).toBe(true);
  });

  it('takes the split that is there', async () => {
    const dir = join(root, 'official');
    await classes(join(dir, 'train'), { a: ['1.png', '2.png'], b: ['1.png'] });
    await classes(join(dir, 'test'), { a: ['1.png'], b: ['1.png', '2.png'] });
    const set = await readImageFolder(dir, { size: 8 });
    expect([...set.train.labels]).toEqual([0, 0, 1]);
    expect([...set.train.pixels.filter((_, i) => i % 192 === 0)]).toEqual([0, 1, 20]);
    expect([...set.test.labels]).toEqual([0, 1, 1]);
    await mkdir(join(dir, 'test', 'c'));
    expect(await failure(readImageFolder(dir))).toBe(
      'official/test/c: is a class that has no folder in train',
    );
  });

  it('says what is missing', async () => {
    expect(await failure(readImageFolder(join(root, 'nowhere')))).toBe('nowhere: no such folder');
    await classes(join(root, 'one'), { only: ['1.png', '2.png'] });
    expect(await failure(readImageFolder(join(root, 'one')))).toBe(
      'one: has only one class folder, at least two are needed',
    );
    await mkdir(join(root, 'one', 'empty'));
    expect(await failure(readImageFolder(join(root, 'one')))).toBe(
      'one/empty: holds no picture, at least two are needed',
    );
    await classes(join(root, 'half'), { train: ['1.png'] });
    expect(await failure(readImageFolder(join(root, 'half')))).toBe(
      'half: has a folder "train" but not its counterpart',
    );
    await classes(join(root, 'gap', 'train'), { a: ['1.png'], b: ['1.png'] });
    await classes(join(root, 'gap', 'test'), { a: ['1.png'] });
    expect(await failure(readImageFolder(join(root, 'gap')))).toBe('gap/test/b: no such folder');
  });

  it('names a picture that cannot be read', async () => {
    const dir = join(root, 'bad');
    await classes(dir, { a: ['1.png', '2.png'], b: ['1.png', '2.png'] });
    const file = join(dir, 'b', '2.png');
    const bytes = await readFile(file);
    for (const content of [
      bytes.subarray(0, bytes.length - 30),
      Buffer.from('no picture'),
      Buffer.alloc(0),
    ]) {
      await writeFile(file, content);
      expect(await failure(readImageFolder(dir))).toMatch(
        /^bad\/b\/2.png: is not a readable picture \(.+\)$/,
      );
    }
  });
});
