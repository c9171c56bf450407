/** Reads a folder of class-named folders of pictures: the user's own data set. */

import { readdir } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { FormatError } from '../util/errors.js';
import { deriveKey, Random } from '../util/random.js';
import { allocateSet, MAX_CLASSES, makeDataset } from './dataset.js';
import { decodeImage } from './decode-image.js';
import { isPicture } from './image-formats.js';
import { checkSize } from './resize.js';
import type { Dataset, ImageSet } from './types.js';

export interface FolderOptions {
  /** Height and width to which pictures are scaled, in pixels. Default 32. */
  readonly size?: number;
  /** Share of each class's pictures that become test images where the folder has no split of its own. Default 0.2. */
  readonly testFraction?: number;
  /** Seed of that split. Default 0. */
  readonly seed?: number;
  /** Called with pictures decoded so far and their whole number. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** One picture before it is decoded. */
interface Entry {
  readonly file: string;
  readonly label: number;
}

const SHAPE =
  'Expected: <folder>/<class>/*.png|jpg|webp, or <folder>/train/<class>/... with <folder>/test/<class>/...';

/**
 * A data set from `dir/<class>/<pictures>`, split by seed, or from `dir/train/<class>/...` and `dir/test/<class>/...`.
 * Classes are the folders' names in code-point order; pictures are decoded by {@link decodeImage}. Files of other
 * kinds and hidden ones are passed over.
 *
 * @throws FormatError when a folder is missing or empty, there are fewer than two classes, a class has no training
 *   or no test picture, or a picture cannot be read.
 */
export async function readImageFolder(dir: string, options: FolderOptions = {}): Promise<Dataset> {
  const { testFraction = 0.2, seed = 0 } = options;
  const size = checkSize(options.size ?? 32);
  if (!(testFraction > 0 && testFraction < 1)) {
    throw new FormatError(dir, `test fraction ${testFraction} is not between 0 and 1`);
  }
  const names = await folders(dir);
  const official = names.includes('train') && names.includes('test');
  const classes = official ? await folders(join(dir, 'train')) : names;
  checkClasses(dir, classes, names);
  const { train, test } = official
    ? await officialSplit(dir, classes)
    : await drawnSplit(dir, classes, testFraction, seed);

  const total = train.length + test.length;
  let done = 0;
  const tick = () => options.onProgress?.(++done, total);
  return makeDataset({
    name: dir,
    classes: classes.map((name) => name.normalize('NFC')),
    train: await decodeAll(train, size, tick),
    test: await decodeAll(test, size, tick),
  });
}

function checkClasses(dir: string, classes: readonly string[], names: readonly string[]): void {
  if (classes.length > MAX_CLASSES)
    throw new FormatError(dir, `has ${classes.length} classes, at most ${MAX_CLASSES}`);
  if (classes.length >= 2) return;
  const half = names.find((name) => name === 'train' || name === 'test');
  const problem = half
    ? `has a folder "${half}" but not its counterpart`
    : `has ${classes.length === 0 ? 'no class folder' : 'only one class folder'}, at least two are needed`;
  throw new FormatError(dir, problem, SHAPE);
}

async function officialSplit(
  dir: string,
  classes: readonly string[],
): Promise<{ train: Entry[]; test: Entry[] }> {
  const testNames = await folders(join(dir, 'test'));
  for (const name of testNames) {
    if (classes.includes(name)) continue;
    throw new FormatError(join(dir, 'test', name), 'is a class that has no folder in train', SHAPE);
  }
  const list = async (split: string) => {
    const entries: Entry[] = [];
    for (const [label, name] of classes.entries()) {
      const files = await pictures(join(dir, split, name));
      if (files.length === 0) throw new FormatError(join(dir, split, name), 'holds no picture', SHAPE);
      for (const file of files) entries.push({ file, label });
    }
    return entries;
  };
  return { train: await list('train'), test: await list('test') };
}

async function drawnSplit(
  dir: string,
  classes: readonly string[],
  testFraction: number,
  seed: number,
): Promise<{ train: Entry[]; test: Entry[] }> {
  const train: Entry[] = [];
  const test: Entry[] = [];
  for (const [label, name] of classes.entries()) {
    const files = await pictures(join(dir, name));
    if (files.length < 2) {
      const problem = `holds ${files.length === 0 ? 'no picture' : 'only one picture'}, at least two are needed`;
      throw new FormatError(join(dir, name), problem, SHAPE);
    }
    const count = Math.min(files.length - 1, Math.max(1, Math.round(files.length * testFraction)));
    const order = new Random(deriveKey(seed, 'folder-split', name)).shuffle(
      Int32Array.from(files, (_, i) => i),
    );
    const chosen = new Set(order.subarray(0, count));
    files.forEach((file, i) => {
      (chosen.has(i) ? test : train).push({ file, label });
    });
  }
  return { train, test };
}

/** Decodes with one picture a core in flight; libvips runs outside the event loop. */
async function decodeAll(entries: readonly Entry[], size: number, tick: () => void): Promise<ImageSet> {
  const set = allocateSet(entries.length, size);
  let next = 0;
  const worker = async () => {
    while (next < entries.length) {
      const i = next++;
      set.pixels.set(await decodeImage(entries[i].file, size), i * size * size * 3);
      set.labels[i] = entries[i].label;
      tick();
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
  return set;
}

const byCodePoint = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Names of the folders in `dir` (links to folders too), sorted, without hidden ones. */
async function folders(dir: string): Promise<string[]> {
  const entries = await list(dir);
  const names: string[] = [];
  for (const entry of entries) {
    if (entry.name.startsWith('.')) continue;
    if (entry.isDirectory() || (entry.isSymbolicLink() && (await isFolder(join(dir, entry.name))))) {
      names.push(entry.name);
    }
  }
  return names.sort(byCodePoint);
}

/** Paths of the pictures in `dir`, sorted. */
async function pictures(dir: string): Promise<string[]> {
  const entries = await list(dir);
  return entries
    .filter((entry) => !entry.name.startsWith('.') && !entry.isDirectory() && isPicture(entry.name))
    .map((entry) => join(dir, entry.name))
    .sort(byCodePoint);
}

const isFolder = (path: string): Promise<boolean> =>
  readdir(path).then(
    () => true,
    () => false,
  );

async function list(dir: string) {
  try {
    return await readdir(dir, { withFileTypes: true });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const problem = code === 'ENOENT' ? 'no such folder' : code === 'ENOTDIR' ? 'is not a folder' : `${code}`;
    throw new FormatError(dir, problem, SHAPE);
  }
}
