import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  candidatesOf,
  evaluateQuery,
  ImageIndex,
  type ImageModel,
  openModel,
  updateIndex,
} from '../../src/search/index.js';
import { readIndex, writeIndex } from '../../src/search/index-file.js';
import { centredCosine } from '../../src/util/metrics.js';
import { drawFolder, drawImage, saveUntrained } from './untrained.js';

const dir = mkdtempSync(join(tmpdir(), 'lexel-images-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));
const photos = join(dir, 'photos');
const file = join(dir, 'photos.lex');
let model: ImageModel;
let images: string[];

beforeAll(async () => {
  await saveUntrained(join(dir, 'm.safetensors'));
  model = openModel(join(dir, 'm.safetensors'));
  images = await drawFolder(photos);
});

describe('an index', () => {
  it('is created, and updated with as little work as possible', async () => {
    expect(await updateIndex(photos, file, model)).toMatchObject({ images: 5, embedded: 5, kept: 0 });
    const first = readFileSync(file);
    expect(await updateIndex(photos, file, model)).toMatchObject({ images: 5, embedded: 0, kept: 5 });
    expect(readFileSync(file).equals(first)).toBe(true);

    const changed = await drawImage(join(photos, 'a.png'), '#fff', '#000');
    utimesSync(images[1], 1, 1);
    rmSync(images[4]);
    writeFileSync(join(photos, 'bad.png'), 'no image');
    const outcome = await updateIndex(photos, file, model);
    expect(outcome).toMatchObject({ images: 4, embedded: 2, kept: 2, gone: 1, otherModel: false });
    expect(outcome.failed.map(({ error }) => error.message)).toEqual([
      expect.stringContaining('bad.png: is not a readable image'),
    ]);
    rmSync(join(photos, 'bad.png'));
    const index = ImageIndex.open(file);
    expect(index.names).toEqual(['a.png', 'b.jpg', 'deep/c c.webp', 'deep/er/d.png']);
    expect([...index.matrix.subarray(0, 50)]).toEqual([...(await model.embed(changed, { unit: true }))[0]]);
  });

  it('returns the nearest images by the centred cosine', async () => {
    const index = ImageIndex.open(file);
    const own = await index.openModel();
    const [query] = await own.embed(images[2], { unit: true });
    const found = await index.search(query, 3);
    expect(found[0]).toMatchObject({ image: images[2], index: 2 });
    expect(found[0].score).toBeCloseTo(1, 5);
    const [a, b] = await model.embed([images[2], found[1].image]);
    expect(found[1].score).toBeCloseTo(centredCosine(a, b, model.model.seenMean), 5);
    const others = await index.search(query, 9, [relative(process.cwd(), images[2])]);
    expect(others).toHaveLength(3);
    expect(others[0]).toEqual(found[1]);
    await expect(index.search(query.subarray(1))).rejects.toThrow('the query has 49 numbers');
    await expect(index.search(new Float32Array(50))).rejects.toThrow('no direction');
  });

  it('as float16 is smaller and gives the same results', async () => {
    const [query] = await model.embed(images[2], { unit: true });
    const whole = await ImageIndex.open(file).search(query);
    const half = join(dir, 'half.lex');
    await updateIndex(photos, half, model, { half: true });
    expect(await updateIndex(photos, half, model)).toMatchObject({ kept: 4 });
    const index = ImageIndex.open(half);
    expect(index.header.dtype).toBe('float16');
    const found = await index.search(query);
    expect(found.map(({ image }) => image)).toEqual(whole.map(({ image }) => image));
    for (const [i, { score }] of found.entries()) expect(score).toBeCloseTo(whole[i].score, 3);
  });

  it('checks its model, its folder and its format', async () => {
    await saveUntrained(join(dir, 'other.safetensors'), 2);
    const index = ImageIndex.open(file);
    await expect(index.openModel(join(dir, 'other.safetensors'))).rejects.toThrow('is not the model that');
    const other = openModel(join(dir, 'other.safetensors'));
    const copy = join(dir, 'copy.lex');
    writeFileSync(copy, readFileSync(file));
    expect(await updateIndex(photos, copy, other)).toMatchObject({ embedded: 4, kept: 0, otherModel: true });
    await expect(updateIndex(dir, file, model)).rejects.toThrow(`is the index of ${photos}, not of`);
    writeFileSync(join(dir, 'thesis.txt'), 'mine');
    await expect(updateIndex(photos, join(dir, 'thesis.txt'), model)).rejects.toThrow(
      'not an index of images',
    );
    expect(readFileSync(join(dir, 'thesis.txt'), 'utf8')).toBe('mine');
    await expect(updateIndex(join(dir, 'none'), join(dir, 'n.lex'), model)).rejects.toThrow('no such folder');
    const table = readIndex(file);
    const header = { ...table.header, model: { ...table.header.model, file: '' } };
    writeIndex(join(dir, 'earlier.lex'), { ...table, header });
    const earlier = ImageIndex.open(join(dir, 'earlier.lex'));
    await expect(earlier.openModel()).rejects.toMatchObject({
      message: expect.stringContaining('was made with the model that came with another version of Lexel'),
      hint: `Index the folder again: lexel index ${photos} --out ${join(dir, 'earlier.lex')}`,
    });
    renameSync(join(dir, 'other.safetensors'), join(dir, 'moved.safetensors'));
    await expect(ImageIndex.open(copy).openModel()).rejects.toThrow('its model no longer exists');
    expect((await ImageIndex.open(copy).openModel(join(dir, 'moved.safetensors'))).labels).toHaveLength(5);
  });
});

describe('an index of images that cannot be read at the moment', () => {
  const far = join(dir, 'far');
  const home = join(dir, 'home');
  const out = join(dir, 'home.lex');
  const update = (from = model) => updateIndex(home, out, from);
  const all = ['a.png', 'b.jpg', 'c.png', 'disk/b.jpg', 'disk/deep/d.png', 'disk2/x.png', 'z.png'];

  beforeAll(async () => {
    for (const [i, name] of all.entries()) {
      const [first, ...rest] = name.split('/');
      const file = rest.length > 0 ? join(far, first, ...rest) : join(home, name);
      await drawImage(file, `rgb(${30 * i}, 20, 90)`);
    }
    for (const name of ['disk', 'disk2']) symlinkSync(join('..', 'far', name), join(home, name));
  });

  it('keeps their rows, and counts them', async () => {
    expect(await update()).toMatchObject({ images: 7, embedded: 7, outOfReach: 0, failed: [] });
    const whole = readFileSync(out);
    // The disk is not mounted; meanwhile, other files change.
    renameSync(join(far, 'disk'), join(far, 'away'));
    const without = await update();
    expect(without).toMatchObject({ images: 7, embedded: 0, kept: 5, outOfReach: 2, gone: 0 });
    expect(without.failed.map(({ error }) => error.message)).toEqual([
      `${join(home, 'disk')}: is a dead link, and the index has 2 images behind it`,
    ]);
    expect(without.passedOver.deadLink).toBe(0);
    expect(readFileSync(out).equals(whole)).toBe(true);

    rmSync(join(home, 'c.png'));
    expect(await update()).toMatchObject({ images: 6, kept: 4, outOfReach: 2, gone: 1 });
    expect(ImageIndex.open(out).names).toEqual(all.filter((name) => name !== 'c.png'));
    // The disk is back: nothing is embedded again.
    renameSync(join(far, 'away'), join(far, 'disk'));
    expect(await update()).toMatchObject({ images: 6, embedded: 0, kept: 6, outOfReach: 0, failed: [] });
    // The disk and its link are removed on purpose, so the images are gone.
    rmSync(join(home, 'disk'));
    expect(await update()).toMatchObject({ images: 4, kept: 4, outOfReach: 0, gone: 2, failed: [] });
    symlinkSync('../far/disk', join(home, 'disk'));
    expect(await update()).toMatchObject({ images: 6, embedded: 2 });
  });

  it('keeps the row of an unreadable image, but not of a broken one', async () => {
    // A cyclic link simulates a disk error: the file is listed but cannot be read.
    const bytes = readFileSync(join(home, 'a.png'));
    rmSync(join(home, 'a.png'));
    symlinkSync('a.png', join(home, 'a.png'));
    writeFileSync(join(home, 'b.jpg'), 'cut off');
    const outcome = await update();
    expect(outcome).toMatchObject({ images: 5, kept: 4, outOfReach: 1, gone: 1 });
    expect(outcome.failed).toHaveLength(2);
    expect(ImageIndex.open(out).names).toEqual([
      'a.png',
      'disk/b.jpg',
      'disk/deep/d.png',
      'disk2/x.png',
      'z.png',
    ]);
    rmSync(join(home, 'a.png'));
    writeFileSync(join(home, 'a.png'), bytes);
    expect(await update()).toMatchObject({ images: 5, embedded: 1, kept: 4, outOfReach: 0 });
    rmSync(join(home, 'b.jpg'));
  });

  it('keeps all rows if nothing can be read, except those of another model', async () => {
    const saved = join(dir, 'saved');
    cpSync(home, saved, { recursive: true, verbatimSymlinks: true });
    for (const name of readdirSync(home)) {
      rmSync(join(home, name), { recursive: true });
      symlinkSync(name, join(home, name));
    }
    expect(await update()).toMatchObject({ images: 5, kept: 0, outOfReach: 5, gone: 0 });
    await saveUntrained(join(dir, 'newer.safetensors'), 3);
    const newer = openModel(join(dir, 'newer.safetensors'));
    await expect(update(newer)).rejects.toThrow('contains no readable image');
    rmSync(join(home, 'z.png'));
    cpSync(join(saved, 'z.png'), join(home, 'z.png'));
    const outcome = await update(newer);
    expect(outcome).toMatchObject({ images: 1, embedded: 1, outOfReach: 4, gone: 0, otherModel: true });
  });

  it('names the first ones of many failures', async () => {
    const bad = join(dir, 'bad');
    mkdirSync(bad);
    for (let i = 0; i < 25; i++) writeFileSync(join(bad, `${10 + i}.png`), 'no image');
    const error = await updateIndex(bad, join(dir, 'bad.lex'), model).catch((problem) => problem);
    const lines = error.message.split('\n');
    expect(lines).toHaveLength(22);
    expect(lines[21]).toBe('  and 5 more');
  });
});

describe('arithmetic over images and words', () => {
  it('adds unit vectors of the centred space', async () => {
    const text = `img:"${images[2]}" - red_circle + blue square + yellow`;
    const { vector, images: named } = await evaluateQuery(model, text);
    expect(named).toEqual([images[2]]);
    const { vectors, mu } = candidatesOf(model.model, {
      labels: ['red_circle', 'blue_square', 'yellow'],
      words: await model.words(),
    });
    const [image] = await model.embed(images[2]);
    const unit = (v: Float32Array) => {
      const less = Array.from(v, (x, j) => x - mu[j]);
      return less.map((x) => x / Math.hypot(...less));
    };
    const [red, blue, yellow] = [0, 1, 2].map((i) => unit(vectors.subarray(i * 50, (i + 1) * 50)));
    const sum = unit(image).map((x, j) => x - red[j] + blue[j] + yellow[j]);
    const expected = sum.map((x) => x / Math.hypot(...sum));
    for (const [j, x] of vector.entries()) expect(x).toBeCloseTo(expected[j], 5);
  });

  it('marks the position of an error', async () => {
    const failure = async (text: string) => {
      const error = await evaluateQuery(model, text).catch((problem) => problem);
      return error.message.split('\n');
    };
    expect(await failure('red_circle - zebra')).toEqual([
      'the label "zebra" has no word vector in shapes.lexw',
      '  red_circle - zebra',
      '               ^',
    ]);
    expect(await failure('red + img:gone.png')).toEqual([
      'gone.png: no such file',
      '  red + img:gone.png',
      '        ^',
    ]);
    expect((await failure('red - red'))[0]).toContain('has no direction: its terms cancel');
  });
});
