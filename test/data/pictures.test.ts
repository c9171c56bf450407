import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { expect, it } from 'vitest';
import { walkPictures } from '../../src/data/index.js';
import { temporary } from './helpers.js';

it('finds pictures in all folders, in order, each folder once', async () => {
  const dir = await temporary();
  mkdirSync(join(dir, 'b', 'deep'), { recursive: true });
  mkdirSync(join(dir, '.hidden'));
  for (const name of ['c.png', 'a.JPG', 'note.txt', '.x.png', 'b/2.webp', 'b/deep/1.jpeg', '.hidden/y.png'])
    writeFileSync(join(dir, name), '');
  symlinkSync('..', join(dir, 'b', 'loop'));
  symlinkSync('nowhere.png', join(dir, 'b', 'gone.png'));
  const found: string[] = [];
  for await (const path of walkPictures(dir)) found.push(relative(dir, path));
  expect(found).toEqual(['a.JPG', 'b/2.webp', 'b/deep/1.jpeg', 'c.png']);
  await expect(walkPictures(join(dir, 'none')).next()).rejects.toThrow('no such folder');
  await expect(walkPictures(join(dir, 'c.png')).next()).rejects.toThrow('is not a folder');
});
