import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findDataset, openDataset } from '../../src/data/open.js';
import { dataDirectories, downloadDirectory } from '../../src/util/data-dir.js';
import { LexelError } from '../../src/util/errors.js';
import { temporary, writeCifar100 } from './helpers.js';

const saved = { LEXEL_DATA: process.env.LEXEL_DATA, XDG_CACHE_HOME: process.env.XDG_CACHE_HOME };
let dir: string;
beforeEach(async () => {
  dir = await temporary();
  process.env.LEXEL_DATA = join(dir, 'env');
  process.env.XDG_CACHE_HOME = join(dir, 'cache');
});
afterEach(() => {
  for (const [name, value] of Object.entries(saved)) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
});

describe('dataDirectories', () => {
  it('lists them in the order of search', () => {
    const [env, cache] = [join(dir, 'env'), join(dir, 'cache', 'lexel')];
    expect(dataDirectories('/x')).toEqual(['/x', env, resolve('data'), resolve('../shared/data'), cache]);
    expect(dataDirectories(env)).toHaveLength(4);
    expect(downloadDirectory()).toBe(env);
    delete process.env.LEXEL_DATA;
    expect(downloadDirectory()).toBe(cache);
    expect(downloadDirectory('/x')).toBe('/x');
  });
});

describe('findDataset', () => {
  it("prefers --data-dir, then $LEXEL_DATA, and accepts the set's own folder", async () => {
    const env = join(dir, 'env', 'cifar-100-binary');
    await mkdir(env, { recursive: true });
    await writeCifar100(env, 1, 1);
    expect(findDataset('cifar-100')).toBe(env);
    expect(findDataset('cifar-100', env)).toBe(env);
    const own = join(dir, 'own', 'cifar-100-binary');
    await mkdir(own, { recursive: true });
    await writeCifar100(own, 1, 1);
    expect(findDataset('cifar-100', join(dir, 'own'))).toBe(own);
    expect(() => findDataset('cifar-100', join(dir, 'typo'))).toThrow('typo: no such directory (--data-dir)');
  });

  it('gives a hint how to download a set that is not found', () => {
    try {
      findDataset('cifar-10');
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(LexelError);
      expect((error as LexelError).message).toContain('cifar-10 not found (searched ');
      expect((error as LexelError).hint).toContain('lexel data get cifar-10');
      expect((error as LexelError).hint).toContain('--data-dir');
    }
  });
});

describe('openDataset', () => {
  it('opens shapes', async () => {
    const shapes = await openDataset('shapes', { perClass: 1, testPerClass: 1, size: 16 });
    expect([shapes.name, shapes.classes.length, shapes.train.size]).toEqual(['shapes', 60, 16]);
  });

  it('refuses a data directory that does not exist, also for sets that need none', async () => {
    const dataDir = join(dir, 'typo');
    await expect(openDataset('shapes', { dataDir })).rejects.toThrow('typo: no such directory (--data-dir)');
  });

  it('opens a subset by its folder, but not by its name', async () => {
    const env = join(dir, 'env', 'cifar-100-binary');
    await mkdir(env, { recursive: true });
    await writeCifar100(env, 40, 10);
    const subset = await openDataset(env, { size: 16 });
    expect([subset.name, subset.train.count, subset.train.size]).toEqual([env, 40, 16]);
    await expect(openDataset('cifar-100')).rejects.toThrow('40 images, expected 50000');
  });

  it('refuses unknown names and invalid options', async () => {
    await expect(openDataset('cifar-1000')).rejects.toThrow('no data set "cifar-1000"');
    await expect(openDataset('shapes', { size: 3 })).rejects.toThrow('image size 3');
    await expect(openDataset(dir)).rejects.toThrow('has no class folder');
  });
});
