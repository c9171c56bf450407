import { mkdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { readImageFolder } from '../../src/data/folder.js';
import { FormatError } from '../../src/util/errors.js';
import { temporary } from './helpers.js';

let root: string;
beforeAll(async () => {
  root = await temporary();
});

/** Writes an image of one colour, in the format of the file's ending. */
async function image(file: string, red: number, width = 20, height = 12): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  const background = { r: red, g: 100, b: 50 };
  await sharp({ create: { width, height, channels: 3, background } })
    .toFormat(/png$/i.test(file) ? 'png' : /webp$/i.test(file) ? 'webp' : 'jpeg')
    .toFile(file);
}

/** Writes class folders; red = 20 * class + index of the file. */
async function classes(dir: string, content: Record<string, string[]>): Promise<void> {
  for (const [c, [name, files]] of Object.entries(content).entries()) {
    for (const [i, file] of files.entries()) await image(join(dir, name, file), 20 * c + i);
  }
}

const failure = async (promise: Promise<unknown>): Promise<string> => {
  const error = await promise.then(
    () => undefined,
    (e) => e,
  );
  expect(error).toBeInstanceOf(FormatError);
  expect(error.hint).toBeTruthy();
  return error.message.replaceAll(`${root}/`, '');
};

describe('readImageFolder', () => {
  it('reads PNG, JPEG and WebP, and splits by seed', async () => {
    const dir = join(root, 'split');
    await classes(dir, {
      cat: ['a.png', 'b.jpg', 'c.webp', 'd.JPEG', 'e.png'],
      apple: ['1.png', '2.png', '3.png'],
    });
    await writeFile(join(dir, 'cat', 'notes.txt'), 'not an image');
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

  it('uses the split given by the folders train and test', async () => {
    const dir = join(root, 'official');
    await classes(join(dir, 'train'), { a: ['1.png', '2.png'], b: ['1.png'] });
    await classes(join(dir, 'test'), { a: ['1.png'], b: ['1.png', '2.png'] });
    const set = await readImageFolder(dir, { size: 8 });
    expect([...set.train.labels]).toEqual([0, 0, 1]);
    expect([...set.train.pixels.filter((_, i) => i % 192 === 0)]).toEqual([0, 1, 20]);
    expect([...set.test.labels]).toEqual([0, 1, 1]);
    await mkdir(join(dir, 'test', 'c'));
    expect(await failure(readImageFolder(dir))).toBe('official/test/c: is a class without a folder in train');
  });

  it('names missing classes and images', async () => {
    expect(await failure(readImageFolder(join(root, 'nowhere')))).toBe('nowhere: no such folder');
    await classes(join(root, 'one'), { only: ['1.png', '2.png'] });
    expect(await failure(readImageFolder(join(root, 'one')))).toBe(
      'one: has only one class folder, at least two are needed',
    );
    await mkdir(join(root, 'one', 'empty'));
    expect(await failure(readImageFolder(join(root, 'one')))).toBe(
      'one/empty: contains no image, at least two are needed',
    );
    await classes(join(root, 'half'), { train: ['1.png'] });
    expect(await failure(readImageFolder(join(root, 'half')))).toBe(
      'half: has a folder "train" but not its counterpart',
    );
    await classes(join(root, 'gap', 'train'), { a: ['1.png'], b: ['1.png'] });
    await classes(join(root, 'gap', 'test'), { a: ['1.png'] });
    expect(await failure(readImageFolder(join(root, 'gap')))).toBe('gap/test/b: no such folder');
  });

  it('draws the same split as earlier versions', async () => {
    const dir = join(root, 'pinned');
    const files = Array.from({ length: 10 }, (_, i) => `${i}.png`);
    await classes(dir, { apple: files, Zebra: files, émile: files });
    const set = await readImageFolder(dir, { size: 8, seed: 3 });
    expect(set.classes).toEqual(['Zebra', 'apple', 'émile']);
    expect([...set.test.pixels.filter((_, i) => i % 192 === 0)]).toEqual([22, 24, 7, 9, 46, 49]);
  });

  it('reads class folders with their subfolders, and counts what it passes over', async () => {
    const dir = join(root, 'deep');
    await classes(dir, {
      a: ['1.jfif', '2020/2.png', '2020/may/3.png', '.x/hidden.png'],
      b: ['1.png', 'in/2.png'],
    });
    for (const name of ['readme.md', 'a/notes.txt', 'b/in/list.csv']) await writeFile(join(dir, name), 'x');
    await image(join(dir, 'stray.png'), 9);
    // No folder is read twice, and no class reads the folder of another class.
    await symlink('..', join(dir, 'a', 'up'));
    await symlink('../b', join(dir, 'a', 'other'));
    await symlink('2020', join(dir, 'a', 'again'));
    const set = await readImageFolder(dir, { size: 8 });
    expect([set.train.count, set.test.count, set.classes]).toEqual([3, 2, ['a', 'b']]);
    expect(set.reading).toEqual({
      broken: [],
      passedOver: {
        hidden: 1,
        notImage: 3,
        deadLink: 0,
        notFile: 0,
        repeated: 3,
        outside: 1,
        endings: { '.md': 1, '.txt': 1, '.csv': 1 },
      },
    });
    await classes(join(dir, 'given', 'train'), { a: ['x/1.png'], b: ['1.png'] });
    await classes(join(dir, 'given', 'test'), { a: ['y/z/1.png'], b: ['1.png'] });
    await mkdir(join(dir, 'given', 'val'));
    await symlink('../../test', join(dir, 'given', 'train', 'a', 'test'));
    await symlink('../../test/b', join(dir, 'given', 'train', 'a', 'b'));
    const given = await readImageFolder(join(dir, 'given'), { size: 8 });
    expect(given.reading?.passedOver.repeated).toBe(2);
    expect([given.train.count, given.test.count, given.reading?.passedOver.outside]).toEqual([2, 2, 1]);
  });

  it('assigns a linked folder to one class only, and counts what it passes over', async () => {
    const dir = join(root, 'shared');
    await classes(dir, { a: ['1.png', '2.png'], b: ['1.png', 'sub/2.png', 'sub/deep/3.png'] });
    await classes(join(root, 'elsewhere'), { x: ['1.png'], 'x/y': ['2.png'] });
    await symlink('../b/sub', join(dir, 'a', 'link'));
    await symlink('../b/sub/deep', join(dir, 'a', 'deeper'));
    // A folder outside the data set belongs to the first class with a link to it.
    await symlink(join(root, 'elsewhere', 'x', 'y'), join(dir, 'a', 'out'));
    await symlink(join(root, 'elsewhere', 'x'), join(dir, 'b', 'out'));
    const set = await readImageFolder(dir, { size: 8 });
    expect(set.reading?.passedOver.repeated).toBe(3);
    const count = (label: number) =>
      [...set.train.labels, ...set.test.labels].filter((l) => l === label).length;
    expect([count(0), count(1)]).toEqual([3, 4]);

    const given = join(root, 'leak');
    await classes(join(given, 'train'), { cat: ['1.png'], dog: ['1.png'], 'dog/more': ['2.png'] });
    await classes(join(given, 'test'), { cat: ['1.png', 'sub/2.png'], dog: ['1.png'] });
    await symlink('../../test/cat/sub', join(given, 'train', 'cat', 'more'));
    await symlink('../../train/dog/more', join(given, 'test', 'dog', 'more'));
    const own = await readImageFolder(given, { size: 8 });
    expect([own.train.count, own.test.count, own.reading?.passedOver.repeated]).toEqual([3, 3, 2]);
  });

  it('keeps the own folders of a class, also if folders of other classes enclose them', async () => {
    const dir = join(root, 'nested');
    await classes(join(root, 'nested-store'), { bird: ['1.png', '2.png', 'owl/1.png', 'owl/in/2.png'] });
    await classes(dir, { cat: ['1.png', '2.png'] });
    await symlink('../nested-store/bird', join(dir, 'bird'));
    await symlink('../nested-store/bird/owl', join(dir, 'owl'));
    const set = await readImageFolder(dir, { size: 8 });
    expect([set.classes, set.train.count + set.test.count]).toEqual([['bird', 'cat', 'owl'], 6]);
    expect(set.reading?.passedOver.repeated).toBe(1);
  });

  it('refuses a folder that is a class of train and of test', async () => {
    const dir = join(root, 'same');
    await classes(join(dir, 'test'), { a: ['1.png'], b: ['1.png'] });
    await classes(join(dir, 'train'), { b: ['1.png'] });
    await symlink('../test/a', join(dir, 'train', 'a'));
    expect(await failure(readImageFolder(dir))).toBe('same/test/a: is the same folder as same/train/a');
    await rm(join(dir, 'train'), { recursive: true });
    await symlink('test', join(dir, 'train'));
    expect(await failure(readImageFolder(dir))).toBe('same/test/a: is the same folder as same/train/a');
  });

  it('lists everything that cannot be read in its error', async () => {
    const dir = join(root, 'bad');
    await classes(dir, { a: ['1.png', '2.png', '3.png'], b: ['1.png', '2.png', 'in/3.png', 'in/4.png'] });
    const bytes = await readFile(join(dir, 'b', '2.png'));
    await writeFile(join(dir, 'b', '2.png'), bytes.subarray(0, bytes.length - 30));
    expect(await failure(readImageFolder(dir))).toMatch(
      /^bad: 1 file or folder cannot be read:\n {2}b\/2\.png: is not a readable image \(.+\)$/,
    );
    await writeFile(join(dir, 'a', '3.png'), 'no image');
    await writeFile(join(dir, 'b', 'in', '3.png'), '');
    await symlink('gone.png', join(dir, 'a', 'dead.png'));
    await symlink('/nowhere/cats', join(dir, 'cats'));
    await symlink('/nowhere/more', join(dir, 'b', 'more'));
    const lines = (await failure(readImageFolder(dir))).split('\n');
    expect(lines[0]).toBe('bad: 6 files or folders cannot be read:');
    expect(lines.slice(1).map((line) => line.split(': ')[0].trim())).toEqual([
      'a/3.png',
      'a/dead.png',
      'b/2.png',
      'b/in/3.png',
      'b/more',
      'cats',
    ]);
    expect(lines.slice(5)).toEqual([
      '  b/more: is a link that leads nowhere',
      '  cats: is a link that leads nowhere',
    ]);
    const error = await readImageFolder(dir).catch((problem) => problem);
    expect(error.hint).toContain('--skip-broken');
    // The split is the same as without the broken images.
    const set = await readImageFolder(dir, { skipBroken: true, size: 8, testFraction: 0.4 });
    expect(set.reading?.broken.map(({ file }) => file)).toEqual(
      lines.slice(1).map((line) => line.split(': ')[0].trim()),
    );
    expect(set.reading?.broken[3]).toEqual({
      file: 'b/in/3.png',
      reason: 'is not a readable image (the file is empty)',
    });
    for (const { file } of set.reading!.broken) await rm(join(dir, file));
    const clean = await readImageFolder(dir, { size: 8, testFraction: 0.4 });
    expect(clean.hash).toBe(set.hash);
    expect([...clean.test.pixels]).toEqual([...set.test.pixels]);
    expect([...clean.train.labels]).toEqual([...set.train.labels]);
  });

  it('names at most 20 of them in the error, and counts the others', async () => {
    const dir = join(root, 'many');
    await classes(dir, { a: ['x.png', 'y.png'], b: ['x.png', 'y.png'] });
    for (let i = 0; i < 30; i++) await writeFile(join(dir, 'b', `${10 + i}.png`), 'no');
    const lines = (await failure(readImageFolder(dir))).split('\n');
    expect(lines).toHaveLength(22);
    expect([lines[0], lines[21]]).toEqual(['many: 30 files or folders cannot be read:', '  and 10 more']);
  });

  it('refuses a class without any readable image', async () => {
    const dir = join(root, 'left');
    await classes(dir, { a: ['1.png', '2.png'], b: ['1.png', '2.png'] });
    await writeFile(join(dir, 'b', '2.png'), 'no');
    expect(await failure(readImageFolder(dir, { skipBroken: true }))).toMatch(
      /^left\/b: contains only one readable image, at least two are needed; 1 file or folder cannot be read:\n {2}b\/2\.png: /,
    );
    await classes(join(dir, 'given', 'train'), { a: ['1.png'], b: ['1.png', '2.png'] });
    await classes(join(dir, 'given', 'test'), { a: ['1.png', '2.png'], b: ['1.png'] });
    await writeFile(join(dir, 'given', 'train', 'b', '2.png'), 'no');
    await writeFile(join(dir, 'given', 'test', 'a', '1.png'), 'no');
    const set = await readImageFolder(join(dir, 'given'), { skipBroken: true, size: 8 });
    expect([[...set.train.labels], [...set.test.labels]]).toEqual([
      [0, 1],
      [0, 1],
    ]);
    await writeFile(join(dir, 'given', 'test', 'b', '1.png'), 'no');
    expect(await failure(readImageFolder(join(dir, 'given'), { skipBroken: true }))).toContain(
      'left/given/test/b: contains no readable image; 3 files or folders cannot be read:\n',
    );
  });

  it('refuses two names of one folder, and names that differ only in their Unicode normalisation', async () => {
    const dir = join(root, 'names');
    await classes(dir, { 'caf\u00e9': ['1.png', '2.png'], tea: ['1.png', '2.png'] });
    expect((await readImageFolder(dir, { size: 8 })).classes).toEqual(['caf\u00e9', 'tea']);
    await symlink('tea', join(dir, 'th\u00e9'));
    expect(await failure(readImageFolder(dir))).toBe('names/th\u00e9: is the same folder as names/tea');
    await rm(join(dir, 'th\u00e9'));
    await classes(dir, { 'cafe\u0301': ['1.png', '2.png'] });
    expect(await failure(readImageFolder(dir))).toBe(
      'names: two class folders have the name "caf\u00e9" in different Unicode normalisations',
    );
    // Two spellings of a class in train and test give one class.
    await classes(join(dir, 's', 'train'), { 'caf\u00e9': ['1.png'], tea: ['1.png'] });
    await classes(join(dir, 's', 'test'), { 'cafe\u0301': ['1.png'], tea: ['1.png'] });
    expect((await readImageFolder(join(dir, 's'), { size: 8 })).test.count).toBe(2);
  });

  it.runIf(process.platform === 'linux')(
    'refuses class folders whose names are not UTF-8, reads such files',
    async () => {
      const dir = join(root, 'latin');
      await classes(dir, { a: ['1.png', '2.png'], b: ['1.png', '2.png'] });
      const at = (name: string) => Buffer.concat([Buffer.from(`${dir}/`), Buffer.from(name, 'latin1')]);
      await rename(join(dir, 'b', '2.png'), at('b/\xe9t\xe9.png'));
      const set = await readImageFolder(dir, { size: 8 });
      expect([set.train.count, set.test.count]).toEqual([2, 2]);
      await writeFile(at('b/\xe9t\xe9.png'), 'no');
      expect(await failure(readImageFolder(dir))).toContain('\n  b/\\xE9t\\xE9.png: is not a readable image');
      await mkdir(at('caf\xe9'));
      expect(await failure(readImageFolder(dir))).toBe(
        'latin/caf\\xE9: the name of this class folder is not valid UTF-8, so it cannot be a label',
      );
    },
  );
});
