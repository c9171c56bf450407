import { mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { openDataset, shapesWorld } from '../../src/data/index.js';
import { keptWorld } from '../../src/data/shapes/kept-world.js';
import { readSafetensors, writeSafetensors } from '../../src/formats/index.js';

const root = mkdtempSync(join(tmpdir(), 'lexel-kept-world-'));
afterAll(() => rmSync(root, { recursive: true }));

const SMALL = { size: 8, classes: 4, perClass: 3, testPerClass: 2 };

describe('keptWorld', () => {
  const folder = join(root, 'cache');
  const filesOf = () => readdirSync(folder).map((name) => join(folder, name));

  it('has the images of shapesWorld when it draws and when it reads', () => {
    const drawn = shapesWorld(SMALL);
    for (let time = 0; time < 2; time++) {
      const world = keptWorld(SMALL, folder);
      expect(world.orderedHash).toBe(drawn.orderedHash);
      expect(world.train).toEqual(drawn.train);
      expect(world.test).toEqual(drawn.test);
      expect(world.superclasses).toEqual(drawn.superclasses);
      expect(filesOf()).toHaveLength(1);
    }
    // The second time it read the file: with another content there, it has other images.
    const [file] = filesOf();
    const { tensors, metadata } = readSafetensors(file);
    const data = Uint8Array.from(drawn.train.pixels, (value) => 255 - value);
    const train = { dtype: 'U8', shape: [data.length], data } as const;
    writeSafetensors(file, new Map(tensors).set('train', train), metadata);
    expect(keptWorld(SMALL, folder).train.pixels).toEqual(data);
  });

  it('draws again what is damaged', () => {
    const [file] = filesOf();
    const bytes = readFileSync(file);
    bytes[bytes.length - 1] ^= 1;
    writeFileSync(file, bytes);
    expect(keptWorld(SMALL, folder).hash).toBe(shapesWorld(SMALL).hash);
    expect(readFileSync(file)).not.toEqual(bytes);
  });

  it('keeps a world for each set of options, the last three', () => {
    filesOf().forEach((file) => {
      utimesSync(file, 1, 1);
    });
    const first = filesOf()[0];
    for (const seed of [1, 2]) {
      expect(keptWorld({ ...SMALL, seed }, folder).hash).toBe(shapesWorld({ ...SMALL, seed }).hash);
    }
    expect(filesOf()).toHaveLength(3);
    expect(filesOf()).toContain(first);
    keptWorld({ ...SMALL, seed: 3 }, folder);
    expect(filesOf()).toHaveLength(3);
    expect(filesOf()).not.toContain(first);
  });

  it('does not keep more than 64 MiB, and does without a folder that cannot be written', () => {
    const before = filesOf();
    keptWorld({ size: 256, classes: 60, perClass: 5, testPerClass: 1 }, folder);
    expect(filesOf()).toEqual(before);
    const blocked = join(before[0], 'below a file');
    expect(keptWorld(SMALL, blocked).hash).toBe(shapesWorld(SMALL).hash);
    expect(() => keptWorld({ ...SMALL, perClass: 0 }, folder)).toThrow('perClass 0');
  });

  it('is what --data shapes opens, kept in the cache of the user', async () => {
    const before = process.env.XDG_CACHE_HOME;
    process.env.XDG_CACHE_HOME = root;
    try {
      const { hash } = await openDataset('shapes', SMALL);
      expect(hash).toBe(shapesWorld(SMALL).hash);
      expect(readdirSync(join(root, 'lexel', 'shapes'))).toHaveLength(1);
    } finally {
      if (before === undefined) delete process.env.XDG_CACHE_HOME;
      else process.env.XDG_CACHE_HOME = before;
    }
  });
});
